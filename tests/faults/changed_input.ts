/**
 * Loaded before a command, as `deno run --preload=changed_input.ts?in.nii#steps/range`: once a file whose name ends so
 * has it, that input gets the time of another.
 *
 * @module
 */

const { search, hash } = new URL(import.meta.url);
const { rename } = Deno;

Deno.rename = async (from, to) => {
  await rename(from, to);
  if (String(to).endsWith(hash.slice(1))) Deno.utimeSync(search.slice(1), new Date(0), new Date(0));
};
