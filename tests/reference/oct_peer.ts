/**
 * The steps of the OCT pipeline on both sides: here from this repository, there from peer_oct.py, and how far apart they are.
 *
 * @module
 */

import { ArrayVolume } from "../../src/io/array_volume.ts";
import type { N4Backend } from "../../src/backends/backend.ts";
import { getAgaroseMask } from "../../src/intensity/stacks/agarose.ts";
import { bitMask, type BitVolume, HeldBits } from "../../src/intensity/mask/bit_volume.ts";
import { applyHistogramMatching } from "../../src/intensity/match/histogram_match.ts";
import { closeAlongZ } from "../../src/intensity/mask/morphology.ts";
import { closeDisk, fillHoles } from "../helpers/byte_planes.ts";
import { normalizeVolume } from "../../src/intensity/stacks/normalize.ts";
import { groupPercentiles } from "../../src/intensity/count/percentile.ts";
import { computeScaleFactors } from "../../src/intensity/stacks/scale_factors.ts";
import { sectionBounds } from "../../src/intensity/sections.ts";
import { scanSmoothed } from "../../src/intensity/mask/smoothed.ts";
import { computeTissueMask } from "../../src/intensity/mask/tissue_mask.ts";
import { zProfileGains } from "../../src/intensity/match/z_profile.ts";
import { writeZeroMask } from "../../src/intensity/mask/zero_mask.ts";
import type { PassContext } from "../../src/io/flow/passes.ts";
import { resolveOptions, settingsOf } from "../../src/options/resolve.ts";
import { RunLog } from "../../src/run_log.ts";
import { correct } from "../../src/steps/correct.ts";
import { type Shape3, type Triple, wholeBox } from "../../src/volume.ts";
import type { OctCase, OctParameters } from "./oct_cases.ts";
import { makeWorkFolder } from "./environment.ts";
import { runPython } from "./itk.ts";

/** What peer_oct.py reads: a step (a function there) with its parameters. */
interface PeerJob {
  readonly step: string;
  readonly parameters: Record<string, unknown>;
  readonly shape: Shape3;
  readonly inputs: readonly string[];
  readonly output: string;
}

/** The answers of the peer, case by case, and the versions that gave them. */
export interface PeerAnswers {
  readonly results: readonly Float64Array[];
  readonly versions: Readonly<Record<string, string>>;
}

/** Lets the peer do the cases. @throws {Error} when it fails. */
export async function runPeer(cases: readonly OctCase[]): Promise<PeerAnswers> {
  const folder = await makeWorkFolder();
  try {
    const jobs: PeerJob[] = [];
    for (const [i, { step, shape, volume, mask, parameters }] of cases.entries()) {
      const inputs: string[] = [];
      for (const array of [volume, ...(mask ? [mask] : [])]) {
        inputs.push(`${folder}/${i}.${inputs.length}`);
        await Deno.writeFile(inputs[inputs.length - 1], new Uint8Array(Float32Array.from(array).buffer));
      }
      jobs.push({ step, parameters, shape, inputs, output: `${folder}/${i}.out` });
    }
    await Deno.writeTextFile(`${folder}/jobs.json`, JSON.stringify(jobs));
    const versions = JSON.parse(await runPython("peer_oct.py", [`${folder}/jobs.json`]));
    const results: Float64Array[] = [];
    for (const { output } of jobs) results.push(new Float64Array((await Deno.readFile(output)).buffer));
    return { results, versions };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Does a case with our own functions. */
export async function runOurs(one: OctCase, backend: N4Backend, passes: PassContext): Promise<Float64Array> {
  const { shape, volume, mask, parameters: p } = one;
  const source = new ArrayVolume(volume, shape);
  const sink = ArrayVolume.zeros(shape);
  const [nz, ny, nx] = shape;
  switch (one.step) {
    case "smoothed":
      return await smoothedVolume(source, list(p, "sigma"), backend, passes);
    case "otsu_thresholds":
    case "tissue_mask": {
      const { bits, sections } = await computeTissueMask(
        source,
        {
          sigma: list(p, "sigma"),
          sections: p.sections as number,
          ...("radius" in p ? { closingRadius: number(p, "radius"), zClosingSections: number(p, "z_radius") } : {}),
        },
        backend,
        passes,
      );
      if (one.step === "otsu_thresholds") return Float64Array.from(sections, ({ threshold }) => threshold);
      return await allBits(bits);
    }
    case "fill_holes":
    case "close_disk": {
      const bytes = Uint8Array.from(volume);
      for (let z = 0; z < nz; z++) {
        const plane = bytes.subarray(z * ny * nx, (z + 1) * ny * nx);
        if (one.step === "fill_holes") fillHoles(plane, ny, nx);
        else closeDisk(plane, ny, nx, number(p, "radius"));
      }
      return Float64Array.from(bytes);
    }
    case "close_along_z": {
      const bits = await bitsOf(volume, shape);
      await closeAlongZ(bits, number(p, "radius"));
      return await allBits(bits);
    }
    case "matched": {
      const sections = p.sections === null ? {} : { sections: number(p, "sections") };
      await applyHistogramMatching(source, sink, {
        ...sections,
        bins: number(p, "bins"),
        threshold: number(p, "threshold"),
      }, passes);
      return Float64Array.from(sink.data);
    }
    case "z_profile": {
      const reader = bitMask(await bitsOf(mask ?? volume, shape), "test");
      const options = { sigma: number(p, "sigma"), minVoxels: number(p, "least"), equalize: p.equalize === 1 };
      return Float64Array.from(await zProfileGains(source, undefined, reader, options, passes));
    }
    case "zero_mask": {
      const [bits, sections] = [await bitsOf(volume, shape), number(p, "sections")];
      const kept = new HeldBits(shape);
      const options = { mode: "section_silhouette", dilation: number(p, "dilate") } as const;
      await writeZeroMask(bits, kept, sectionBounds(nz, sections), options);
      return await allBits(kept);
    }
    case "mask_only":
      return await maskedOnly(source, p, backend);
    case "agarose":
    case "normalised": {
      const agarose = await getAgaroseMask(source, { sigma: number(p, "sigma") }, backend, passes);
      if (one.step === "agarose") return Float64Array.from(agarose.pixels);
      await normalizeVolume(source, agarose, sink, { percentileMax: number(p, "percentile") }, passes);
      return Float64Array.from(sink.data);
    }
    case "scale_factors": {
      const { factors } = await computeScaleFactors(source, {
        sections: number(p, "sections"),
        sigma: number(p, "sigma"),
        percentile: number(p, "percentile"),
        minScale: number(p, "low"),
        maxScale: number(p, "high"),
      }, passes);
      return Float64Array.from(factors);
    }
    case "percentiles": {
      const request = { groups: sectionBounds(nz, undefined), percentile: number(p, "percentile") };
      return (await groupPercentiles(source, request, passes)).values;
    }
  }
}

/** Corrects without a fit, as `--preset linumpy --mode mask_only`. */
async function maskedOnly(source: ArrayVolume, p: OctParameters, backend: N4Backend): Promise<Float64Array> {
  const output = ArrayVolume.zeros(source.shape);
  const given = {
    preset: "linumpy",
    mode: "mask_only",
    nSerialSlices: number(p, "sections"),
    zprofileSmoothSigma: number(p, "sigma"),
    zprofileEqualize: p.equalize === 1,
    zeroMaskMode: p.silhouettes === null ? "section" : p.silhouettes === 1 ? "silhouette" : "section_silhouette",
    zeroMaskDilatePx: number(p, "dilate"),
  } as const;
  const settings = settingsOf(resolveOptions(given, "ome-zarr"));
  await correct({ input: source, settings, backend, log: new RunLog() }, output);
  return Float64Array.from(output.data);
}

/** Largest |ours - peer| over the largest |peer|, infinite values left out; the share of unequal values where `exact`. */
export function distance(ours: ArrayLike<number>, peer: ArrayLike<number>, exact: boolean): number {
  if (ours.length !== peer.length) return NaN;
  let [scale, largest, unequal] = [0, 0, 0];
  for (let i = 0; i < peer.length; i++) {
    if (ours[i] !== peer[i]) unequal++;
    if (ours[i] === peer[i] || !isFinite(peer[i])) continue;
    largest = Math.max(largest, Math.abs(ours[i] - peer[i]));
  }
  for (let i = 0; i < peer.length; i++) if (isFinite(peer[i])) scale = Math.max(scale, Math.abs(peer[i]));
  return exact ? unequal / peer.length : largest / (scale || 1);
}

async function smoothedVolume(
  source: ArrayVolume,
  sigma: Triple,
  backend: N4Backend,
  passes: PassContext,
): Promise<Float64Array> {
  const out = ArrayVolume.zeros(source.shape);
  await using session = await backend.openSmooth({ volume: source.shape, sigma, truncate: 4 });
  await scanSmoothed("smoothed", source, session, passes, ({ box, smoothed }) => out.write(box, smoothed));
  return Float64Array.from(out.data);
}

async function bitsOf(values: ArrayLike<number>, shape: Shape3): Promise<BitVolume> {
  const bits = new HeldBits(shape);
  await bits.writeBox(wholeBox(shape), Uint8Array.from(values));
  return bits;
}

async function allBits(bits: BitVolume): Promise<Float64Array> {
  const bytes = new Uint8Array(bits.shape[0] * bits.shape[1] * bits.shape[2]);
  await bits.readBox(wholeBox(bits.shape), bytes);
  return Float64Array.from(bytes);
}

function number(parameters: OctParameters, name: string): number {
  return parameters[name] as number;
}

function list(parameters: OctParameters, name: string): Triple {
  return parameters[name] as unknown as Triple;
}
