/**
 * `n4 info IN`.
 *
 * @module
 */

import { describeFile, type ImageInfo } from "../commands/info.ts";
import { INFO_OPTIONS } from "../options/table.ts";
import type { CommandSpec } from "./command.ts";
import { print, printRows } from "./console.ts";
import { jsonText } from "./plain_text.ts";

const FOOTER = `Examples:
  n4 info head.nii.gz
  n4 info stack.ome.zarr --level 2 --range
  n4 info stack.ome.zarr --sections

Permissions of 'deno run': read of IN.`;

/** The command. */
export const infoCommand: CommandSpec<typeof INFO_OPTIONS> = {
  name: "info",
  summary: "Show what an image is: shape, levels, units, types, codecs, and the range of its values on request.",
  operands: { IN: "image to look at: .nii, .nii.gz, an OME-Zarr folder, .ozx or .ome.zarr.zip" },
  options: INFO_OPTIONS,
  footer: FOOTER,
  async run([input], options, { signal }) {
    const info = await describeFile(input, options, signal);
    if (options.json) print(`${jsonText(info, 2)}\n`);
    else printRows(infoRows(info));
  },
};

function sectionsText({ count, jumps }: NonNullable<ImageInfo["sections"]>): string {
  if (count === 1) return "1, by the brightness along z: no evenly spaced jumps stand out";
  return `${count} (--n-serial-slices ${count}): ${jumps} of the ${count - 1} borders between them are jumps`;
}

function infoRows(info: ImageInfo): [name: string, value: string][] {
  return [
    ["path", info.path],
    ["format", info.format],
    ["shape (Z Y X)", info.shape.join(" ")],
    ["voxel size (Z Y X)", `${info.voxelSizeMm.map((size) => Number(size.toPrecision(6))).join(" ")} mm`],
    ["volumes", String(info.volumes)],
    ["type", info.dataType],
    ["read block", info.chunk.join(" ")],
    ...Object.entries(info.details),
    ...(info.sections ? [["sections", sectionsText(info.sections)] satisfies [string, string]] : []),
    ...(info.values ?? []).flatMap((values, i): [string, string][] => {
      const name = info.volumes > 1 ? `values of volume ${i}` : "values";
      return [[
        name,
        `${values.smallest} to ${values.largest}, ${values.nonPositive} <= 0, ${values.nonFinite} not finite`,
      ]];
    }),
    ...info.warnings.map((text): [string, string] => ["warning", text]),
  ];
}
