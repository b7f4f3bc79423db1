/** What the system says about a file becomes a sentence that tells what to do. */

import assert from "node:assert/strict";
import { InputError } from "../../../src/errors.ts";
import { messageOf, readFailure, writeFailure } from "../../../src/io/files/file_errors.ts";
import { readText } from "../../../src/io/files/text_input.ts";
import { inFolder } from "../../helpers/nifti_files.ts";

const { NotFound, NotADirectory, IsADirectory, PermissionDenied, NotCapable } = Deno.errors;

Deno.test("every reason for a read to fail has its sentence, with the error of the system as cause", () => {
  const reasons: [Error, RegExp][] = [
    [new NotFound("x"), /there is no such file$/],
    [new NotADirectory("x"), /a part of its path is a file, not a folder$/],
    [new IsADirectory("x"), /it is a folder, not a file$/],
    [new PermissionDenied("x"), /its permissions do not let this user read it$/],
    [new NotCapable("x"), /without permission to read it: run it with --allow-read=in\.nii$/],
    [new Error("disk gone"), /the system reports: disk gone$/],
  ];
  for (const [cause, sentence] of reasons) {
    const error = readFailure("in.nii", cause);
    assert.match(error.message, /^Cannot read in\.nii as /);
    assert.match(error.message, sentence);
    assert.equal(error.cause, cause);
    assert.equal(error.path, "in.nii");
  }
});

Deno.test("every reason for a write to fail has its sentence, with every path that must be writable", () => {
  const reasons: [Error, RegExp][] = [
    [new NotFound("x"), /its folder does not exist$/],
    [new NotADirectory("x"), /a part of its path is a file, not a folder$/],
    [new PermissionDenied("x"), /its folder does not let this user write to it$/],
    [new NotCapable("x"), /run it with --allow-read=out,out\.partial and --allow-write=out,out\.partial$/],
    [Object.assign(new Error("No space left on device"), { code: "ENOSPC" }), /its disk has no space left$/],
    [new Error("Read-only file system (os error 30)"), /the system reports: Read-only file system/],
  ];
  for (const [cause, sentence] of reasons) {
    const error = writeFailure("out", ["out", "out.partial"], cause);
    assert.match(error.message, /^Cannot write out as /);
    assert.match(error.message, sentence);
    assert.equal(error.cause, cause);
  }
});

Deno.test("whatever is thrown has a message", () => {
  assert.equal(messageOf(new Error("one")), "one");
  assert.equal(messageOf("two"), "two");
});

Deno.test("a text that is far too long for a model is refused before it is read, and one that is not there is told", () =>
  inFolder(async (folder) => {
    const path = `${folder}/model.json`;
    await assert.rejects(readText(path), (error) => error instanceof InputError && /no such file/.test(error.message));
    await Deno.writeTextFile(path, "{}");
    assert.equal(await readText(path), "{}");
    await Deno.truncate(path, 2 ** 28 + 1); // Sparse: it takes no room.
    await assert.rejects(readText(path), /must be at most 268435456 bytes: current size is 268435457/);
  }));
