/**
 * What the `multiscales` metadata of an OME-Zarr says: axes, levels, and where a voxel lies, in millimetres.
 *
 * All versions from 0.1 to 0.6 (https://ngff.openmicroscopy.org) are read, each by what it holds and not by its
 * number, since writers are ahead of some and behind others: axes that are listed (0.4, 0.5), listed by name alone
 * (0.3), not at all (0.1, 0.2), or in the coordinate system that the levels lead into (0.6). The transformations of a
 * level are applied first, those of the whole multiscale after it; but for 0.6, where they lead on into other systems.
 * Without any unit of length millimetres are assumed (docs/decisions/ome_zarr_missing_unit.md).
 *
 * @module
 */

import { isObject, type JsonField, shortJson } from "../files/json_fields.ts";
import { lengthsOf, type OmeAxis, parseAxes, unnamedAxes, type Warn } from "./axes.ts";
import { parseTransforms, unmoved } from "./transforms.ts";

/** Attributes of a group, as JSON holds them. */
export type Attributes = Readonly<Record<string, unknown>>;

/** One resolution level. */
export interface OmeLevel {
  /** Path of its array below the image. */
  readonly path: string;
  /** Per axis: mm per voxel in space, the file's own number elsewhere. All > 0, but for a z that is still 0. */
  readonly scale: readonly number[];
  /** Per axis: position of the centre of voxel 0, mm in space. */
  readonly translation: readonly number[];
}

/** One image of an OME-Zarr. */
export interface OmeMultiscale {
  /** As the file says it. */
  readonly version: string;
  /** What the file calls the image. */
  readonly name?: string;
  /** Two to five axes, as the arrays have them, always with y and x. */
  readonly axes: readonly OmeAxis[];
  /** Finest first. */
  readonly levels: readonly OmeLevel[];
  /** `false` where the file gives no unit of length, so that millimetres were assumed. */
  readonly unitsGiven: boolean;
  /** `false` where the format had no scales yet: those of the levels are all 1. */
  readonly scaled: boolean;
}

/** What is around the `multiscales`. */
interface MultiscaleContext {
  /** Version of the metadata, where it stands outside. */
  readonly version: JsonField;
  /** What to call a version that is not given. */
  readonly usual: string;
  /** Dimensions of the array at a path, for versions that list no axes. */
  rankOf(path: string): Promise<number>;
  /** Called with what is guessed. */
  readonly warn: Warn;
}

const TRANSFORMS = "coordinateTransformations";
/** More levels than any pyramid has: a bound on untrusted metadata. */
const MOST_LEVELS = 64;
/** More coordinate systems than any image has. */
const MOST_SYSTEMS = 64;
/** Longer than any level's path, and short enough for a message. */
const LONGEST_PATH = 200;
/** Versions, their patches and development suffixes: `0.4`, `0.5.2`, `0.5-dev`, `0.6.dev4`, `0.6rc1`. */
const KNOWN_VERSION = /^0\.[1-6](?!\d)/;

/**
 * Reads the first image of a `multiscales` list.
 *
 * @throws {InputError} when it is not what the specification says, or not an image n4 can read.
 */
export async function parseMultiscales(multiscales: JsonField, context: MultiscaleContext): Promise<OmeMultiscale> {
  const { warn } = context;
  const images = multiscales.list(1, Infinity);
  if (images.length > 1) warn(`'${multiscales.path}' has ${images.length} 'multiscales': the first is read.`);
  const image = images[0];
  const version = versionOf([context.version, image.field("version")]) ?? context.usual;
  const datasets = image.field("datasets").list(1, MOST_LEVELS);
  const systems = image.field("coordinateSystems");
  const list = systems.present ? axesOfSystem(systems, datasets[0], warn) : image.field("axes");
  const bare = !list.present && /^0\.[1-3]/.test(version);
  const required = systems.present || (!bare && list.list(2, 5).some((axis) => isObject(axis.value)));
  const found = bare ? unnamedAxes(await context.rankOf(parsePath(datasets[0].field("path")))) : parseAxes(list, warn);
  const { axes, factors, given } = lengthsOf(multiscales.path, found, warn);
  const outer = systems.present ? unmoved(axes) : parseTransforms(image.field(TRANSFORMS), axes, false);
  const levels = datasets.map((dataset) => {
    const inner = parseTransforms(dataset.field(TRANSFORMS), axes, required);
    return {
      path: parsePath(dataset.field("path")),
      scale: inner.scale.map((value, i) => value * outer.scale[i] * factors[i]),
      translation: inner.translation.map((value, i) => (value * outer.scale[i] + outer.translation[i]) * factors[i]),
    };
  });
  const name = image.field("name").value;
  return {
    version,
    name: typeof name === "string" ? name : undefined,
    axes,
    levels,
    unitsGiven: given,
    scaled: required || datasets[0].field(TRANSFORMS).present,
  };
}

/** The first version that is given. @throws {InputError} when it is none that is known. */
function versionOf(fields: readonly JsonField[]): string | undefined {
  const field = fields.find(({ present }) => present);
  if (field === undefined) return undefined;
  const version = String(field.value);
  if (KNOWN_VERSION.test(version)) return version;
  throw field.fail('one from "0.1" to "0.6"');
}

/** The axes of the coordinate system that a level leads into. */
function axesOfSystem(systems: JsonField, dataset: JsonField, warn: Warn): JsonField {
  const [first] = dataset.field(TRANSFORMS).list(1, MOST_SYSTEMS);
  const output = first.field("output");
  const name = isObject(output.value) ? output.field("name") : output;
  const all = systems.list(1, MOST_SYSTEMS);
  const system = all.find((entry) => entry.field("name").value === name.string());
  if (system === undefined) throw name.fail("the name of one of the image's coordinate systems");
  if (all.length > 1) {
    warn(
      `'${systems.path}' has ${all.length} coordinate systems: ${shortJson(name.value)} counts, its levels lead there.`,
    );
  }
  return system.field("axes");
}

/** A path below the image: plain names between slashes, so that no metadata can point outside of the store. */
export function parsePath(field: JsonField): string {
  const path = field.string();
  const plain = path.length <= LONGEST_PATH &&
    path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
  // deno-lint-ignore no-control-regex
  if (!plain || /[\\\x00-\x1f]/.test(path) || /^[A-Za-z]:/.test(path)) {
    throw field.fail(`a relative path of at most ${LONGEST_PATH} characters without '.' and '..'`);
  }
  return path;
}
