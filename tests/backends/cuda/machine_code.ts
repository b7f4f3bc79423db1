/**
 * The machine code of the packaged library, read by the disassembler among the parts of `deno task build:cuda`, which
 * are fetched where they are not here (290 MB); newer ones do not know all targets.
 */
import { PACKAGED_LIBRARY } from "../../../ffi/library.ts";
import { checkLoops } from "../../../ffi/hot_loops.ts";
import { findToolkit } from "../../../ffi/toolkit.ts";
import { ROOT } from "../../helpers/command.ts";

Deno.test("the packaged library's loops over samples compute in float32 alone, for every target", async () => {
  await checkLoops((await findToolkit()).cuobjdump, ROOT + PACKAGED_LIBRARY);
});
