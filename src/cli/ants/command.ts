/**
 * `N4BiasFieldCorrection` and `n4 ants`: the command line of ANTs' program on the run of `n4 correct`. Silent without
 * `-v`, but for one line on standard error where it fails. Exit codes: 0 done, 1 failed, 130 and 143 interrupted.
 *
 * @module
 */

import { correctFile } from "../../commands/correct.ts";
import { InputError, UsageError } from "../../errors.ts";
import { namesOf } from "../../io/files/output_guard.ts";
import { removeFinished } from "../../io/files/leftovers.ts";
import { imageFormatFor } from "../../io/image.ts";
import { openImage } from "../../io/open.ts";
import { VERSION } from "../../version.ts";
import { firstOf, listenForInterrupts, sentence } from "../command.ts";
import { consoleListener, log, print } from "../console.ts";
import { type AntsArguments, readAntsArguments } from "./arguments.ts";
import { type AntsRequest, antsRequest, GEOMETRY_VARIABLE, THREAD_VARIABLES } from "./request.ts";

/** The release of ANTs whose numbers are followed; antspyx 0.6.3 carries it. */
const ANTS_VERSION = "2.5.1";

const THIS = `n4 ${VERSION} in the place of ANTs' N4BiasFieldCorrection`;

const HELP = `N4BiasFieldCorrection: ${THIS}

Takes the bias field out of an image; same options, defaults and numbers as ANTs' program.

  -d, --image-dimensionality 2|3         default 3; a slice or a volume
  -i, --input-image FILE                 NIfTI; of a series the first volume
  -o, --output FILE                      or [FILE,FIELD] to write the bias field too; may be the input
  -x, --mask-image FILE                  fit where it is not 0; voxels outside keep their values
  -r, --rescale-intensities 0|1          default 1: with -x, map to the range of the input where the mask is 1
  -w, --weight-image FILE                confidence of every voxel; 0 takes it out of the fit
  -s, --shrink-factor N                  default 4
  -c, --convergence [N1xN2x...,T]        default [50x50x50x50,0]: iterations of each level, threshold
  -b, --bspline-fitting [MM]             distance of the knots at the first level
                        [NXxNYxNZ]       or spans at the first level; default [1x1x1]
  -t, --histogram-sharpening [W,N,BINS]  default [0.15,0.01,200]: full width at half maximum, Wiener noise, bins
  -v, --verbose 0|1                      default 0: silent unless it fails
      --n4-geometry ants|aligned         default ants: shrunk samples and splines placed as ANTs does; aligned: at
                                         their true positions, which is closer to the fit of every voxel
      --version
  -h, --help

Lists stand in brackets; blanks in them do no harm. Threads: ${THREAD_VARIABLES.join(", ")}.
The environment variable ${GEOMETRY_VARIABLE} stands for --n4-geometry.
`;

/** Runs the program with its words. @returns the exit code. */
export async function runAnts(words: readonly string[]): Promise<number> {
  if (words.length === 0) {
    log(HELP);
    return 1;
  }
  const interrupt = listenForInterrupts();
  let kept: string | undefined;
  let request: AntsRequest | undefined;
  try {
    const given = readAntsArguments(words);
    const answer = shortAnswer(given);
    if (answer !== undefined) {
      print(answer);
      return 0;
    }
    request = antsRequest(given, variable, navigator.hardwareConcurrency);
    await correctAs(request, {
      signal: interrupt.signal,
      onKept: (folder) => kept = folder,
      command: ["N4BiasFieldCorrection", ...words].join(" "),
    });
    return 0;
  } catch (thrown) {
    if (request && kept !== undefined) await removeKept(request);
    const text = interrupt.code === 0 ? sentence(firstOf(thrown)) : "Interrupted; nothing was left behind.";
    log(`N4BiasFieldCorrection (n4): ${text}\n`);
    return interrupt.code === 0 ? 1 : interrupt.code;
  } finally {
    interrupt.stop();
  }
}

/** What is printed where nothing is to be corrected. */
function shortAnswer(given: AntsArguments): string | undefined {
  if (given.has("help")) return HELP;
  return given.has("version") ? `ANTs Version: v${ANTS_VERSION}\n${THIS}\n` : undefined;
}

/** A variable of the environment, where we may look. */
function variable(name: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? Deno.env.get(name) : undefined;
}

async function correctAs(
  { input, output, options, warnings, planar, verbose }: AntsRequest,
  run: Pick<Parameters<typeof correctFile>[0], "signal" | "onKept" | "command">,
): Promise<void> {
  for (const path of [output, options.saveBiasField ?? output]) {
    if (imageFormatFor(path) === "nifti") continue;
    throw new UsageError(
      `Cannot write '${path}' as the name must end in .nii or .nii.gz (for others see 'n4 correct')`,
    );
  }
  if (planar) await demandPlane(input);
  for (const text of warnings) log(`N4BiasFieldCorrection (n4): ${text}\n`);
  if (verbose) print(`${THIS}\n`);
  const listener = verbose ? consoleListener({}) : undefined;
  await correctFile({ input, output, options, listener, inPlace: true, ...run });
}

/** Refuses a volume where an image of two dimensions is meant; ANTs would take its first slice. */
async function demandPlane(input: string): Promise<void> {
  await using image = await openImage(input);
  if (image.shape[0] === 1) return;
  const rule = "it must be one plane with '--image-dimensionality 2'";
  throw new InputError(input, `Cannot correct ${input} as ${rule}: current count is ${image.shape[0]}`);
}

/** Removes what a run leaves for a later one to resume: clients of this program know nothing of that. */
async function removeKept({ output, options: { saveBiasField } }: AntsRequest): Promise<void> {
  for (const path of saveBiasField === undefined ? [output] : [output, saveBiasField]) {
    await removeFinished(namesOf(path).partial).catch(() => {});
  }
}
