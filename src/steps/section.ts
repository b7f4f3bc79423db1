/**
 * The fit of each section on its own samples. Of a section only its lattice and, where a fit over the whole follows,
 * its corrected samples are kept.
 *
 * @module
 */

import { SampleSums, writtenSamples } from "../intensity/sample/sample_quality.ts";
import { centreField } from "../n4/centre.ts";
import { fromFirstPlane, strideSamples } from "../n4/samples.ts";
import { decodeFit, encodeFit, type KeptFit } from "./fit_checkpoint.ts";
import { drawSamples, fitSamples, sampleWarnings } from "./samples.ts";
import { needAll, type Stage } from "./stage.ts";
import { type VolumeRun } from "./volume_run.ts";

/** The stage; a step is a section. */
export const sectionStage: Stage<VolumeRun> = {
  name: "section",
  tasks: (run) => run.plan.sectionFits.length,
  async task(run, index) {
    const { sectionFits, globalFit } = run.plan;
    const section = sectionFits[index];
    const drawn = await drawSamples(run, section);
    const { samples, counts } = drawn;
    const own = fromFirstPlane(samples, section.z0);
    const name = `section ${index + 1} of ${sectionFits.length}`;
    const { lattice: found, levels, corrected } = await fitSamples(run, section, own, name);
    const centred = sectionFits.length > 1 || run.settings.fieldScale === "centred";
    const lattice = found && centred ? centreField(found, own.value, corrected) : found;
    const joined = globalFit && "stride" in globalFit ? globalFit : undefined;
    const left = joined && strideSamples({ ...samples, value: corrected }, joined.stride);
    const warnings = sampleWarnings(run, drawn, sectionFits.length > 1 ? name : undefined);
    for (const text of warnings) run.log.warn(text);
    const kept: KeptFit = {
      lattice,
      levels,
      counts,
      sums: SampleSums.of(samples, samples.value, writtenSamples(samples.value, corrected, run.settings.strength)),
      left,
      warnings,
    };
    await run.store.write(`section.${index}`, encodeFit(kept));
  },
};

/** What the fits of all sections found, in order. */
export async function readSections(run: VolumeRun): Promise<KeptFit[]> {
  return (await needAll(run, sectionStage)).map(decodeFit);
}
