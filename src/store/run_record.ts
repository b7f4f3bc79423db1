/**
 * What a run is, in its folder: everything that its result depends on, and how it is cut into steps. A process that
 * goes on with it compares what it finds with this.
 *
 * @module
 */

import type { DeviceInfo } from "../backends/backend.ts";
import { InputError, WriteError } from "../errors.ts";
import type { InputIdentity } from "../io/files/identity.ts";
import { givenText } from "../options/presets.ts";
import { keysOfKind, roleText } from "../options/spec.ts";
import { CORRECT_OPTIONS } from "../options/table.ts";
import { VERSION } from "../version.ts";
import { readChecked, withChecksum } from "./checked_json.ts";

/** Version of the folder's layout: the record and all that lies beside it. */
const RECORD_VERSION = 2;

/** A stage as the plan cuts it. */
export interface PlannedStage {
  /** Its name. */
  readonly name: string;
  /** How many tasks it has. */
  readonly tasks: number;
  /** Whether its results are put together once all tasks are done. */
  readonly gather: boolean;
  /** Memory that a task takes at most, bytes. */
  readonly memoryBytes: number;
  /** Time of a task, an estimate. */
  readonly seconds: number;
}

/** An input and its state. */
export interface RecordedInput extends InputIdentity {
  /** Absolute path. */
  readonly path: string;
}

/** A run. */
export interface RunRecord {
  /** What the file is. */
  readonly format: "n4-run";
  /** Version of the folder's layout. */
  readonly version: number;
  /** Version of n4. */
  readonly n4: string;
  /** Engine whose elementary functions are part of the result. */
  readonly engine: string;
  /** Role to input. */
  readonly inputs: Readonly<Record<string, RecordedInput>>;
  /** Role to absolute path. */
  readonly outputs: Readonly<Record<string, string>>;
  /** What the user gave. */
  readonly given: Readonly<Record<string, unknown>>;
  /** Every option that has a value. */
  readonly options: Readonly<Record<string, unknown>>;
  /** What it computes on; of the TypeScript backend any machine does. */
  readonly device: Pick<DeviceInfo, "kind" | "name" | "driver">;
  /** Tasks asked for. */
  readonly tasks: number;
  /** The stages, in order. */
  readonly stages: readonly PlannedStage[];
  /** Of all the rest: a record that was damaged would cut the run otherwise than its results are. */
  readonly checksum: string;
}

/** What is to be recorded. */
type NewRecord = Omit<RunRecord, "format" | "version" | "n4" | "engine" | "checksum">;

/**
 * Options that may change before a run is gone on with: no bit depends on them, or they name files, which are compared
 * themselves.
 */
const NOT_COMPARED = keysOfKind(CORRECT_OPTIONS, "input", "output", "report", "machine", "run");

/** Roles of files that are no part of the result. */
const REPORTS = keysOfKind(CORRECT_OPTIONS, "report");

/** Another run was asked for than the one that was begun; the message has what to do. */
export class OtherRunError extends WriteError {}

/** An input is another than when the run began, which is not gone on with. */
export class OtherInputError extends InputError {}

/** A record of a run of this program. */
export function recordOf(run: NewRecord): RunRecord {
  const all = {
    format: "n4-run",
    version: RECORD_VERSION,
    n4: VERSION,
    engine: `V8 ${Deno.version.v8}`,
    ...run,
  } as const;
  return withChecksum(all);
}

/** Reads a record. @throws {WriteError} when it is none, one of another version, or damaged. */
export function parseRecord(text: string, path: string): RunRecord {
  const { found, holds } = readChecked<Omit<RunRecord, "checksum">>(text);
  const { format, version } = found ?? {};
  if (format !== "n4-run" || version !== RECORD_VERSION) {
    const current = typeof version === "number" ? version : "none";
    const rule = `it must hold the record of a run, version ${RECORD_VERSION}: current version is ${current}`;
    throw new WriteError(path, `Cannot go on with '${path}' as ${rule}`);
  }
  if (holds) return found as RunRecord;
  const rule =
    "its checksum must hold: current content is damaged (give option 'overwrite' without option 'resume' to begin anew)";
  throw new WriteError(path, `Cannot go on with '${path}' as ${rule}`);
}

/** What has changed between two records, in words; nothing where a run can be gone on with. */
export function differences(before: RunRecord, now: RunRecord): string[] {
  const changed: string[] = [];
  const compare = (what: string, was: unknown, is: unknown) => {
    if (text(was) !== text(is)) changed.push(`${what} was ${text(was)} and is ${text(is)}`);
  };
  compare("the version of n4", before.n4, now.n4);
  compare("the engine", before.engine, now.engine);
  for (const role of keysOf(before.inputs, now.inputs)) {
    const name = roleText(CORRECT_OPTIONS, role);
    changed.push(...inputDifferences(name, before.inputs[role], now.inputs[role]));
  }
  const compared = keysOf(before.options, now.options).filter((key) => !NOT_COMPARED.includes(key));
  const isGiven = (key: string) => before.given[key] !== undefined || now.given[key] !== undefined;
  const compareOption = (key: string) => {
    const [was, is] = [before.options[key], now.options[key]];
    if (text(was) === text(is)) return;
    changed.push(`option '${key}' was ${givenText(key, was)} and is ${givenText(key, is)}`);
  };
  compared.filter(isGiven).forEach(compareOption);
  // Others follow from those that were given.
  if (changed.length === 0) compared.forEach(compareOption);
  for (const role of keysOf(before.outputs, now.outputs)) {
    if (!REPORTS.includes(role)) compare(roleText(CORRECT_OPTIONS, role), before.outputs[role], now.outputs[role]);
  }
  compare("the backend", before.device.kind, now.device.kind);
  // A plan may have been made where the device was not.
  if (before.device.driver === "") return changed;
  if (before.device.kind !== "ts") compare("the device", before.device.name, now.device.name);
  compare("the driver", before.device.driver, now.device.driver);
  return changed;
}

/** What has changed of an input, in words. */
export function inputDifferences(role: string, was?: RecordedInput, is?: RecordedInput): string[] {
  if (!was || !is) return was === is ? [] : [`${role} was ${was?.path ?? "left out"} and is ${is?.path ?? "left out"}`];
  const changed: string[] = [];
  if (was.bytes !== is.bytes) changed.push(`${role} had ${was.bytes} bytes and has ${is.bytes}`);
  if (was.modified !== is.modified) changed.push(`${role} was changed at ${timeOf(was)} and ${timeOf(is)}`);
  if (was.metadata !== is.metadata) {
    const what = is.chunks || was.chunks ? "metadata" : "first or last bytes";
    changed.push(`the ${what} of ${role} are others`);
  }
  const [before, now] = [was.chunks, is.chunks];
  if (!before || !now || before.list === now.list) return changed;
  if (before.files !== now.files) changed.push(`${role} had ${before.files} chunks and has ${now.files}`);
  else if (before.bytes !== now.bytes) {
    changed.push(`the chunks of ${role} had ${before.bytes} bytes and have ${now.bytes}`);
  }
  if (now.modified > before.modified) changed.push(`chunk '${now.newest}' of ${role} was changed at ${timeOf(now)}`);
  return changed.length > 0 ? changed : [`names, sizes or times of chunks of ${role} are others`];
}

function timeOf({ modified }: { readonly modified: number }): string {
  return new Date(modified).toISOString();
}

/** The keys of several objects, each once. */
export function keysOf(...objects: Readonly<Record<string, unknown>>[]): string[] {
  return [...new Set(objects.flatMap(Object.keys))];
}

/** A value as differences are told by. */
export function text(value: unknown): string {
  return JSON.stringify(value) ?? "left out";
}
