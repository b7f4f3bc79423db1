/** Inputs that vanish, shrink, change or cannot be read while a run reads them: a tagged error, nothing that looks finished, no temporary file. */

import assert from "node:assert/strict";
import { correctFile } from "../../src/commands/correct.ts";
import { CorruptDataError, InputError, WriteError } from "../../src/errors.ts";
import { contents } from "../helpers/command.ts";
import { QUICK } from "../helpers/corrections.ts";
import { writeImage } from "../helpers/images.ts";
import { inFolder } from "../helpers/nifti_files.ts";

const CHUNK = "0/c/1/1/0";

/** What happens to an input, when, and what the run says. */
interface Change {
  /** As a sentence. */
  readonly name: string;
  /** How its name ends. */
  readonly ends: string;
  /** Begins the stage before which it happens. */
  readonly stage: string;
  /** Done at once, so that the stage, which begins after it, always meets it. */
  readonly change: (input: string) => void;
  readonly says: RegExp;
  readonly kind: typeof InputError | typeof CorruptDataError;
}

/** Cuts a file to half its length, in place. */
function halve(path: string): void {
  Deno.truncateSync(path, Deno.statSync(path).size >> 1);
}

/** Puts other bytes in the middle of a file, in place. */
function scramble(path: string): void {
  using file = Deno.openSync(path, { write: true });
  file.seekSync(file.statSync().size >> 1, Deno.SeekMode.Start);
  file.writeSync(new Uint8Array(64).fill(0x5a));
}

/** Puts another chunk in place of one. */
function replaceChunk(input: string): void {
  Deno.copyFileSync(`${input}/0/c/0/0/0`, `${input}/${CHUNK}`);
  Deno.utimeSync(`${input}/${CHUNK}`, new Date("2100-01-01"), new Date("2100-01-01"));
}

const CHANGES: readonly Change[] = [
  ...["range", "apply"].flatMap((stage): Change[] => [
    {
      name: `a NIfTI file is cut before ${stage}`,
      ends: ".nii",
      stage,
      change: halve,
      says: /^Cannot read \S+in\.nii as /,
      kind: CorruptDataError,
    },
  ]),
  {
    name: "a gzip file is cut before range",
    ends: ".nii.gz",
    stage: "range",
    change: halve,
    says: /^Cannot read \S+in\.nii\.gz as its gzip stream /,
    kind: CorruptDataError,
  },
  {
    name: "a gzip file is cut once it is inflated",
    ends: ".nii.gz",
    stage: "apply",
    change: halve,
    says: /^Cannot use what was read of \S+in\.nii\.gz as it must stay as it is while it is read: it has changed/,
    kind: InputError,
  },
  {
    name: "a NIfTI file vanishes, which an open file outlives",
    ends: ".nii",
    stage: "apply",
    change: (input) => Deno.removeSync(input),
    says: /^Cannot read \S+in\.nii as there is no such file$/,
    kind: InputError,
  },
  {
    name: "voxels of a NIfTI file change",
    ends: ".nii",
    stage: "apply",
    change: scramble,
    says: /^Cannot use what was read of \S+in\.nii as it must stay as it is while it is read: it has changed/,
    kind: InputError,
  },
  {
    name: "a chunk is cut",
    ends: ".ome.zarr",
    stage: "range",
    change: (input) => halve(`${input}/${CHUNK}`),
    says: /^Cannot read chunk '0\/c\/1\/1\/0' of /,
    kind: CorruptDataError,
  },
  {
    name: "a chunk vanishes where all are required",
    ends: ".ome.zarr",
    stage: "range",
    change: (input) => Deno.removeSync(`${input}/${CHUNK}`),
    says: /^Cannot read chunk '0\/c\/1\/1\/0' of /,
    kind: CorruptDataError,
  },
  {
    name: "a folder stands in place of a chunk",
    ends: ".ome.zarr",
    stage: "range",
    change: (input) => {
      Deno.removeSync(`${input}/${CHUNK}`);
      Deno.mkdirSync(`${input}/${CHUNK}`);
    },
    says: /^Cannot read chunk '0\/c\/1\/1\/0' of \S+ as it must be a file/,
    kind: CorruptDataError,
  },
  {
    name: "the system cannot read a chunk",
    ends: ".ome.zarr",
    stage: "range",
    change: (input) => {
      Deno.removeSync(`${input}/${CHUNK}`);
      Deno.symlinkSync("0", `${input}/${CHUNK}`); // It leads to itself.
    },
    says: /^Cannot read \S+\/0\/c\/1\/1\/0 as the system reports: /,
    kind: InputError,
  },
  {
    name: "the metadata of an image change",
    ends: ".ome.zarr",
    stage: "apply",
    change: (input) => Deno.writeTextFileSync(`${input}/zarr.json`, "\n", { append: true }),
    says: /^Cannot use what was read of \S+ as it must stay as it is while it is read: it has changed/,
    kind: InputError,
  },
  {
    name: "a chunk that was read becomes another",
    ends: ".ome.zarr",
    stage: "finish",
    change: replaceChunk,
    says: /it has changed since the run began \(.*chunk '0\/c\/1\/1\/0' of input was changed at 2100-01-01T/,
    kind: InputError,
  },
  {
    name: "a zip file is cut",
    ends: ".ome.zarr.zip",
    stage: "range",
    change: halve,
    says: /^Cannot read chunk .* as its archive must stay as it was opened/,
    kind: CorruptDataError,
  },
  {
    name: "a zip file vanishes",
    ends: ".ome.zarr.zip",
    stage: "range",
    change: (input) => Deno.removeSync(input),
    says: /^Cannot read \S+in\.ome\.zarr\.zip as there is no such file$/,
    kind: InputError,
  },
];

for (const { name, ends, stage, change, says, kind } of CHANGES) {
  Deno.test(`${name}: the run tells`, () =>
    inFolder(async (folder) => {
      const chunk = ends.includes("zarr") ? { chunk: [8, 8, 8] as const } : {};
      const input = await writeImage(`${folder}/in${ends}`, { shape: [16, 16, 16], ...chunk });
      let [changed, kept]: [boolean, string | undefined] = [false, undefined];
      const requireAllChunks = name.includes("required");
      const options = { ...QUICK, requireAllChunks, report: `${folder}/run.json` };
      const job = { input, output: `${folder}/out.nii.gz`, options, onKept: (path: string) => kept = path };
      const error: unknown = await correctFile({
        ...job,
        listener: (event) => {
          if (changed || event.event !== "stage" || event.name !== stage) return;
          change(input);
          changed = true;
        },
      }).then(() => undefined, (thrown) => thrown);
      assert.ok(changed, `stage '${stage}' must have come`);
      assert.ok(error instanceof kind, `${error}`);
      assert.match(error.message, says);
      const names = await Array.fromAsync(Deno.readDir(folder), (entry) => entry.name);
      const left = names.filter((each) => each !== `in${ends}`);
      assert.deepEqual(left, kept === undefined ? [] : ["out.nii.gz.partial"]);
      assert.deepEqual(Object.keys(await contents(folder)).filter((path) => path.endsWith(".tmp")), []);
    }));
}

const BETWEEN: Record<string, readonly [change: (input: string) => void, says: RegExp]> = {
  "a chunk is replaced": [replaceChunk, /chunk '0\/c\/1\/1\/0' of input was changed at 2100-01-01T/],
  "a chunk is removed": [(input) => Deno.removeSync(`${input}/${CHUNK}`), /input had 8 chunks and has 7/],
  "a chunk gets the time of an older one": [
    (input) => Deno.utimeSync(`${input}/${CHUNK}`, new Date(0), new Date(0)),
    /names, sizes or times of chunks of input are others/,
  ],
  "metadata change": [
    (input) => Deno.writeTextFileSync(`${input}/zarr.json`, "\n", { append: true }),
    /the metadata of input are others/,
  ],
};
for (const [name, [change, says]] of Object.entries(BETWEEN)) {
  Deno.test(`${name} before a run is resumed: it tells`, () =>
    inFolder(async (folder) => {
      const input = await writeImage(`${folder}/in.ome.zarr`, { shape: [16, 16, 16], chunk: [8, 8, 8] });
      const ending = new AbortController();
      const job = { input, output: `${folder}/out.nii`, options: QUICK };
      await assert.rejects(correctFile({
        ...job,
        signal: ending.signal,
        listener: (event) => event.event === "stage" && event.name === "apply" && ending.abort(),
      }));
      change(input);
      const resumed = correctFile({ ...job, options: { ...QUICK, resume: true } });
      await assert.rejects(resumed, (error) => error instanceof WriteError && says.test(error.message));
    }));
}
