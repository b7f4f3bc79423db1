/**
 * What the figures of a benchmark mean, in one sentence each, for the table and the JSON file.
 *
 * @module
 */

/** Key of a figure in the results to its meaning. */
export const DEFINITIONS: Readonly<Record<string, string>> = {
  seconds:
    "Wall time of a whole correction from an array in memory to an array in memory: sampling, fit, field at every voxel, division. The median of the runs that count, with the shortest and the longest. ANTs is a program of its own: its time holds its start and its reading and writing of files.",
  warmUp: "Wall time of the runs that came first, on the same volume; they count for nothing.",
  fitSeconds: "The part of the seconds that the iterations take.",
  speedUp: "Median seconds of the base over median seconds of this contestant.",
  fieldCorrelation: "Pearson's r of this bias field and the base's inside the mask.",
  medianError:
    "Median inside the mask of |difference to the base's corrected intensities|, each over its mean in the mask.",
  p95Error: "The 95th percentile of the same.",
  truthVariation:
    "CV against the truth: standard deviation over mean of estimated field / true field inside the mask, 0 for a perfect field of any scale. Of phantoms alone.",
  maskVariation:
    "CV of the corrected intensities inside the mask, tissue contrast included; the input's stands beside the volume.",
  peakMemoryBytes:
    "Largest resident memory of a process that does this correction: of a backend in a process started for it (--peak-memory), of SimpleITK in its own. Runtime, input, mask and result are part of it. ANTs' is not measured.",
};
