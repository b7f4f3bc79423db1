/** The module inside a pipeline that was written for linumpy's process of the same name. */

import assert from "node:assert/strict";
import { ROOT } from "../helpers/command.ts";
import { inSetting } from "./setting.ts";

/** As linumpy's pipeline calls it: a tuple of four in, and its output, a tuple of four, handed on as it is. */
const PIPELINE = `
include { correct_bias_field } from '${ROOT}workflows/correct_bias_field.nf'

process generate_report {
    input:
    tuple path(stacked_zarr), path(zarr_zip), path(png), path(annotated_png)
    val subject_name
    output: stdout
    script:
    """
    ls -d \${stacked_zarr} \${zarr_zip} \${png} \${annotated_png}
    cat \${annotated_png}
    """
}

workflow {
    stacks = channel.of(tuple(file(params.input), 'sub-01', 6, '01,02,03,04,05,06'))
    correct_bias_field(stacks)
    generate_report(correct_bias_field.out, 'sub-01').view()
}
`;

/** What stands for linumpy's two programs: they write what they were told. */
const SCREENSHOT = '#!/bin/sh\nout=$2\necho "$(basename "$0") $*" > "$out"\n';

Deno.test("a pipeline made for linumpy's process takes the module's output as it took that one's", () =>
  inSetting(async ({ folder, stack, n4, nextflow }) => {
    await Deno.mkdir(`${folder}/bin`);
    for (const name of ["linum_screenshot_omezarr.py", "linum_screenshot_omezarr_annotated.py"]) {
      await Deno.writeTextFile(`${folder}/bin/${name}`, SCREENSHOT, { mode: 0o755 });
    }
    await Deno.writeTextFile(`${folder}/linumpy.nf`, PIPELINE);
    await Deno.writeTextFile(
      `${folder}/nextflow.config`,
      `includeConfig '${ROOT}workflows/conf/correct_bias_field.config'\n` +
        "params { input = null\n bias_memory = '1 GB'\n processes = 1\n ras_input_orientation = 'PIR' }\n",
    );
    const env = { PATH: `${folder}/bin:${Deno.env.get("PATH")}` };
    const { code, text } = await nextflow("launch", `${folder}/linumpy.nf`, ["--input", stack, "--n4", n4], env);
    assert.equal(code, 0, text);
    for (const name of ["sub-01.ome.zarr", "sub-01.ome.zarr.zip", "sub-01.png", "sub-01_annotated.png"]) {
      assert.match(text, new RegExp(`^${name}$`, "m"));
    }
    const words = "--slice_ids 01,02,03,04,05,06 --label_every 1 --orientation PIR --crop_to_tissue";
    const said = `linum_screenshot_omezarr_annotated.py sub-01.ome.zarr sub-01_annotated.png ${words}`;
    assert.ok(text.includes(said), text);
  }));
