/**
 * The packaged library under the glibc and the libstdc++ of Debian 11, through that system's own loader: Deno loads it,
 * and it gets as far as the first refusal, or to a device. Needs the network, dpkg, and a Linux with x86-64.
 */
import assert from "node:assert/strict";
import { HOME, unpackPackage } from "../../../ffi/toolkit.ts";
import { PACKAGED_LIBRARY } from "../../../ffi/library.ts";

/** glibc 2.31, the libstdc++ of GCC 10. */
const PACKAGES = {
  "main/g/glibc/libc6_2.31-13+deb11u11_amd64.deb": "05f7264da867b37f4c5ce49266b558ea1e81e05a9464f623152fca70f3550282",
  "main/g/gcc-10/libgcc-s1_10.2.1-6_amd64.deb": "e478f2709d8474165bb664de42e16950c391f30eaa55bc9b3573281d83a29daf",
  "main/g/gcc-10/libstdc++6_10.2.1-6_amd64.deb": "5c155c58935870bf3b4bfe769116841c0d286a74f59eccfd5645693ac23f06b1",
};

Deno.test("the packaged library loads under Debian 11's glibc and libstdc++ and refuses with its own sentence", async () => {
  const root = `${HOME}/debian11`;
  await Deno.mkdir(root, { recursive: true });
  for (const [path, hash] of Object.entries(PACKAGES)) await unpackPackage(path, hash, root);
  const folders = ["lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu"].map((folder) => `${root}/${folder}`);
  const deno = ["--library-path", folders.join(":"), Deno.execPath()];
  const program = "scripts/n4.ts";
  const { stdout, stderr } = await new Deno.Command(`${folders[0]}/ld-2.31.so`, {
    args: [...deno, "run", "--no-check", `--allow-ffi=${PACKAGED_LIBRARY}`, "--allow-read", program, "doctor"],
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  const [cuda] = text.match(/^.*\bcuda\b[^]*?(?=\n\S|$)/im) ?? [text];
  assert.match(cuda, /Cannot use CUDA as .*NVIDIA driver|CUDA driver \d/, text);
});
