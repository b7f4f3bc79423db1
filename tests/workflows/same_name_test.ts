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
    test -L sub-01.ome.zarr
    \${params.n4} correct sub-01.ome.zarr sub-01.ome.zarr \${params.words}
    mkdir after && mv sub-01.ome.zarr after/
    """
}
workflow { careless(channel.fromPath(params.input, type: 'dir')) }
`;

Deno.test("an output whose path is the link to the input takes the link's place, and the input is as it was", () =>
  inSetting(async ({ folder, stack, n4, runN4, nextflow }) => {
    await Deno.writeTextFile(`${folder}/careless.nf`, PIPELINE);
    const before = await contents(stack);
    const options = "--preset mri --n-processes 1 --quiet";
    const run = (words: string) =>
      nextflow("launch", `${folder}/careless.nf`, ["--input", stack, "--n4", n4, "--words", words]);
    const refused = await run(options);
    assert.equal(refused.code, 1);
    assert.match(
      refused.text,
      /n4: Cannot write sub-01\.ome\.zarr as it exists already: remove it or give '--overwrite'/,
    );
    assert.deepEqual(await contents(stack), before);
    const { code, text } = await run(`${options} --overwrite`);
    assert.equal(code, 0, text);
    await runN4(["correct", stack, "expected.ome.zarr", ...options.split(" ")]);
    assert.deepEqual(
      await contents(`${folder}/launch/results/after/sub-01.ome.zarr`),
      await contents(`${folder}/expected.ome.zarr`),
    );
    assert.deepEqual(await contents(stack), before);
  }));
