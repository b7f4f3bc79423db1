/** Nextflow stages an input as a link; where the output bears the same name, its path is that link. The input must survive whatever a pipeline asks. */

import assert from "node:assert/strict";
import { contents } from "../helpers/command.ts";
import { inSetting } from "./setting.ts";

/** A process that stages its input where its output shall be, as the module does not. */
const PIPELINE = `
process careless {
    publishDir 'results', mode: 'copy'
    input: path(image)
    output: path('after/sub-01.ome.zarr')
    script:
    """
    ls -l sub-01.ome.zarr
    \${params.n4} correct sub-01.ome.zarr sub-01.ome.zarr \${params.words}
    mkdir after && mv sub-01.ome.zarr after/
    """
}
workflow { careless(channel.fromPath(params.input, type: 'dir')) }
`;

Deno.test("an output whose path is the link to the input takes the link's place, and the input is as it was", () =>
  inSetting(async ({ folder, stack, n4, nextflow }) => {
    await Deno.writeTextFile(`${folder}/careless.nf`, PIPELINE);
    const before = await contents(stack);
    const words = (
      more: string,
    ) => ["--input", stack, "--n4", n4, "--words", `--preset mri --n-processes 1 --quiet${more}`];
    const refused = await nextflow("launch", `${folder}/careless.nf`, words(""));
    assert.match(refused.text, /sub-01\.ome\.zarr -> \//, "the input was staged as a link of the output's name");
    assert.notEqual(refused.code, 0);
    assert.match(
      refused.text,
      /n4: Cannot write sub-01\.ome\.zarr as it exists already: remove it or give --overwrite/,
    );
    assert.deepEqual(await contents(stack), before);
    const { code, text } = await nextflow("launch", `${folder}/careless.nf`, words(" --overwrite"));
    assert.equal(code, 0, text);
    assert.deepEqual(await contents(stack), before);
    assert.ok("results/after/sub-01.ome.zarr/zarr.json" in await contents(`${folder}/launch`));
  }));
