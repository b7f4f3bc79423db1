/**
 * Dividing a volume by a bias field given as a volume, for callers who have no model (which `applyBias` applies).
 *
 * @module
 */

import { type PassContext, transform } from "../../io/flow/passes.ts";
import type { VolumeSink, VolumeSource } from "../../volume.ts";

/** How a field is applied. */
export interface ApplyFieldOptions {
  /** 1 corrects fully, 0 not at all; left out: 1. */
  readonly strength?: number;
  /** Smallest field that is divided by, > 0; left out: 1e-6. */
  readonly floor?: number;
}

/**
 * Writes `source / max(field, floor)` to `sink`. One read of both.
 *
 * @param field factors on the grid of `source`.
 * @throws {RangeError} when the shapes differ.
 */
export async function applyBiasField(
  source: VolumeSource,
  field: VolumeSource,
  sink: VolumeSink,
  options: ApplyFieldOptions,
  passes: PassContext,
): Promise<void> {
  const { strength = 1, floor = 1e-6 } = options;
  checkShapes(source, field);
  await transform("apply field", source, sink, passes, {
    alongside: { forwardOnly: field.forwardOnly, read: (box, slot) => field.read(box, slot.extra(box)) },
    work(box, slot) {
      const [data, factors] = [slot.data(box), slot.extra(box)];
      for (let i = 0; i < data.length; i++) {
        const corrected = data[i] / Math.max(factors[i], floor);
        data[i] = strength === 1 ? corrected : strength * corrected + (1 - strength) * data[i];
      }
    },
  });
}

function checkShapes(source: VolumeSource, field: VolumeSource): void {
  if (source.shape.every((n, axis) => n === field.shape[axis])) return;
  const text = `Cannot divide by the field as its shape must be that of the volume, ${source.shape.join(" x ")}`;
  throw new RangeError(`${text}: current shape is ${field.shape.join(" x ")}`);
}
