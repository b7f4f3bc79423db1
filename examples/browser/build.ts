/**
 * Builds the page: everything in one HTML file, `examples/browser/n4.html`, that works from a disk without a server.
 *
 * @module
 */

const HERE = new URL(".", import.meta.url);

/** Where a built page lies. */
export const BUILT_PAGE = new URL("n4.html", HERE);

/** Bundles page.ts into page.html. @throws {Error} when that fails. */
export async function buildPage(): Promise<void> {
  const entry = new URL("page.ts", HERE).pathname;
  const args = ["bundle", "--quiet", "--platform", "browser", "--format", "esm", entry];
  const { success, stdout, stderr } = await new Deno.Command("deno", { args }).output();
  if (!success) throw new Error(`Cannot build the page as it must bundle: ${new TextDecoder().decode(stderr)}`);
  const bundle = new TextDecoder().decode(stdout);
  if (/from "node:/.test(bundle)) {
    throw new Error("Cannot build the page as it must import nothing that a browser lacks");
  }
  const page = await Deno.readTextFile(new URL("page.html", HERE));
  // A script ends at the first end tag in it, wherever that is.
  const script = bundle.replaceAll("</script", "<\\/script");
  await Deno.writeTextFile(BUILT_PAGE, page.replace("/* bundle */", () => script));
}

if (import.meta.main) await buildPage();
