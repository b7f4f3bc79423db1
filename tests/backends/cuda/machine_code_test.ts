/**
 * The machine code of the packaged library, read by the disassembler among the parts of `deno task build:cuda`; newer
 * ones do not know all targets. Where the parts are not here the test is skipped, and says so; `N4_REQUIRE=cuobjdump`
 * fetches them (290 MB).
 */
import { PACKAGED_LIBRARY } from "../../../ffi/library.ts";
import { checkLoops } from "../../../ffi/hot_loops.ts";
import { findToolkit, HOME } from "../../../ffi/toolkit.ts";
import { ROOT } from "../../helpers/command.ts";

const required = Deno.env.get("N4_REQUIRE")?.split(",").includes("cuobjdump");
const isHere = await Deno.stat(`${HOME}/complete`).then(() => true, () => false);
const mayRun = Deno.permissions.querySync({ name: "run" }).state === "granted";
const skipped = !required && (mayRun ? !isHere && "deno task build:cuda has not been run" : "no --allow-run");

Deno.test({
  name: `the packaged library's loops over samples compute in float32 alone, for every target${
    skipped ? ` (skipped: ${skipped})` : ""
  }`,
  ignore: skipped !== false,
  fn: async () => checkLoops((await findToolkit()).cuobjdump, ROOT + PACKAGED_LIBRARY),
});
