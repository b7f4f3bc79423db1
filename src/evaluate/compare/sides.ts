/**
 * The two sides of a comparison: the input, a correction that is run, or one that lies in a file.
 *
 * @module
 */

import { basename } from "node:path";
import type { BackendChoice } from "../../backends/open.ts";
import { InputError, UsageError } from "../../errors.ts";
import { COMPARE_DEFAULTS, type CompareOptions, type ReferenceName, SIDE_WORDS } from "../../options/compare_table.ts";
import type { Contestant, CorrectionWork } from "../contestants/contestant.ts";
import { type ContestantContext, openContestant } from "../contestants/open.ts";
import { openSlab, readSlab, type Slab, type SlabFacts } from "../slab.ts";
import type { Side } from "./result.ts";

/** A side before any voxel is read. */
export interface OpenSide {
  /** Short name, for files. */
  readonly name: string;
  /** The file of a corrected image. */
  readonly path?: string;
  /** Whether a correction is run. */
  readonly runs: boolean;
  /** Reads or runs it. */
  readonly finish: (input: Slab, work: CorrectionWork) => Promise<Side>;
}

/** What the two sides are, as words. @throws {UsageError} when both are the same. */
export function sideWords({ first, second }: CompareOptions): [first: string, second: string] {
  const words: [string, string] = [first ?? COMPARE_DEFAULTS.first, second ?? COMPARE_DEFAULTS.second];
  if (words[0] === words[1]) {
    throw new UsageError(
      `Cannot compare as '--first' and '--second' must differ: current value of both is '${words[0]}'`,
    );
  }
  return words;
}

/** The images that lie in files: sides and truth. */
export function resultPaths(words: readonly string[], { truth }: CompareOptions): string[] {
  return [...words, ...(truth === undefined ? [] : [truth])].filter((word) => !SIDE_WORDS.includes(word));
}

/** The words that name a correction to be run. */
export function contestantWords(words: readonly string[]): string[] {
  return words.filter((word) => word !== "input" && SIDE_WORDS.includes(word));
}

/**
 * Opens the sides.
 *
 * @param stack closes them at the end.
 * @throws {InputError} when an image or a reference cannot be used, or the image has another shape than the input.
 * @throws {BackendError} when a backend cannot be used here.
 * @throws {UsageError} when both come down to the same backend.
 */
export async function openSides(
  words: readonly [string, string],
  input: SlabFacts,
  options: CompareOptions,
  context: ContestantContext,
  stack: AsyncDisposableStack,
): Promise<[OpenSide, OpenSide]> {
  const sides: OpenSide[] = [];
  for (const word of words) {
    if (word === "input") sides.push(INPUT_SIDE);
    else if (SIDE_WORDS.includes(word)) {
      sides.push(runSide(stack.use(await openContestant(word as BackendChoice | ReferenceName, options, context))));
    } else {
      const result = await openResult(word, input);
      stack.use(result.image);
      sides.push(resultSide(word, uniqueName(word, sides.map(({ name }) => name)), result));
    }
  }
  const [a, b] = sides;
  if (a.name === b.name) {
    const text = "Cannot compare as '--first' and '--second' must be two corrections";
    throw new UsageError(`${text}: current value of both comes down to the backend ${a.name}`);
  }
  return [a, b];
}

const INPUT_SIDE: OpenSide = {
  name: "input",
  runs: false,
  finish({ data }) {
    const field = new Float32Array(data.length).fill(1);
    return Promise.resolve({ name: "input", label: "Input", kind: "input", corrected: data, field, levels: [] });
  },
};

function runSide(contestant: Contestant): OpenSide {
  const { name, label, kind, device, versions } = contestant;
  return {
    name,
    runs: true,
    async finish(_input, work) {
      await contestant.load(work);
      const { corrected, field, times: { seconds }, levels } = await contestant.correct();
      return { name, label, kind, corrected, field, seconds, levels, device, versions };
    },
  };
}

function resultSide(path: string, name: string, facts: SlabFacts): OpenSide {
  return {
    name,
    path,
    runs: false,
    async finish({ data }) {
      const { data: corrected } = await readSlab(facts);
      // What a correction wrote as 0 says nothing of its field.
      const field = data.map((value, i) => corrected[i] > 0 ? value / corrected[i] : NaN);
      return { name, label: name, kind: "result", corrected, field, levels: [] };
    },
  };
}

/** The same place in a corrected image: at the input's level where that has its shape, else at its finest. */
export async function openResult(path: string, input: SlabFacts): Promise<SlabFacts> {
  const { box, level } = input;
  const place = { z: [box.z0, box.z1 - box.z0], y: [box.y0, box.y1 - box.y0], x: [box.x0, box.x1 - box.x0] } as const;
  const open = (at: number) =>
    openSlab(path, { level: at }, ({ shape }) => {
      if (shape.every((n, a) => n === input.image.shape[a])) return place;
      const text = `Cannot compare with '${path}' as it must have the shape of the input's level ${level}`;
      throw new InputError(path, `${text}: current shapes are ${shape.join(" ")} and ${input.image.shape.join(" ")}`);
    });
  return await open(level).catch((error) => {
    if (level === 0 || !(error instanceof InputError || error instanceof UsageError)) throw error;
    return open(0);
  });
}

/** The name of a file without folder and endings, made different from the names that are taken. */
function uniqueName(path: string, taken: readonly string[]): string {
  const stem = basename(path).replace(/\.(ome\.)?(zarr|nii)(\.zip|\.gz)?$/i, "");
  const plain = stem.replace(/[^\w-]+/g, "_") || "result";
  return ["input", "difference", "histograms", ...taken].includes(plain) ? `${plain}_result` : plain;
}
