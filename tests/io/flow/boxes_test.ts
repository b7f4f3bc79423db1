/** How a volume is cut, and how boxes flow. */

import assert from "node:assert/strict";
import { type BoxSteps, flowBoxes, planBoxes, readBlock, transferBlock } from "../../../src/io/flow/boxes.ts";
import { type Box, boxVoxels, type Shape3, type Triple, voxelCount } from "../../../src/volume.ts";
import { Random } from "../../helpers/random.ts";

Deno.test("boxes cover every voxel once, in C order, in whole blocks, within the bound", () => {
  const random = new Random(1);
  for (let run = 0; run < 200; run++) {
    const shape: Shape3 = [random.integer(1, 12), random.integer(1, 12), random.integer(1, 12)];
    const block: Triple = [random.integer(1, 14), random.integer(1, 14), random.integer(1, 14)];
    const most = random.integer(1, 600);
    const boxes = planBoxes(shape, block, most);
    const seen = new Uint8Array(voxelCount(shape));
    for (const box of boxes) {
      for (let z = box.z0; z < box.z1; z++) {
        for (let y = box.y0; y < box.y1; y++) {
          for (let x = box.x0; x < box.x1; x++) seen[(z * shape[1] + y) * shape[2] + x]++;
        }
      }
      const ends = [[box.z0, box.z1], [box.y0, box.y1], [box.x0, box.x1]];
      ends.forEach(([begin, end], a) => {
        assert.equal(begin % block[a], 0);
        assert.ok(end % block[a] === 0 || end === shape[a]);
      });
      assert.ok(boxVoxels(box) <= Math.max(most, voxelCount(block)));
    }
    assert.ok(seen.every((count) => count === 1));
    const starts = boxes.map((box) => (box.z0 * shape[1] + box.y0) * shape[2] + box.x0);
    assert.deepEqual(starts, starts.toSorted((a, b) => a - b));
  }
});

Deno.test("runs of planes, cut where blocks end, have between them the boxes of all planes", () => {
  const block: Triple = [4, 5, 6];
  const rows = (boxes: readonly Box[]) =>
    boxes.flatMap(({ z0, z1, y0, y1 }) =>
      Array.from({ length: (z1 - z0) * (y1 - y0) }, (_, i) => [z0 + Math.floor(i / (y1 - y0)), y0 + i % (y1 - y0)])
    );
  const shape: Shape3 = [13, 9, 11];
  const parts = [[0, 8], [8, 12], [12, 13]] as const;
  const cut = parts.flatMap((planes) => planBoxes(shape, block, 1000, planes));
  assert.ok(cut.every(({ z0, z1 }) => parts.some(([first, end]) => z0 >= first && z1 <= end)));
  assert.deepEqual(rows(cut).sort(), rows(planBoxes(shape, block, 1e6)).sort());
});

Deno.test("boxes of plain rows, one after the other, are the file", () => {
  let voxel = 0;
  for (const box of planBoxes([5, 7, 9], [1, 1, 9], 100)) {
    assert.equal((box.z0 * 7 + box.y0) * 9 + box.x0, voxel);
    assert.ok(box.z1 - box.z0 === 1 || box.y1 - box.y0 === 7, "a box of several planes has whole ones");
    voxel += boxVoxels(box);
  }
  assert.equal(voxel, 5 * 7 * 9);
});

Deno.test("a chunk of more than 64 MiB is read in parts", () => {
  assert.deepEqual(readBlock([128, 128, 128]), [128, 128, 128]);
  assert.ok(voxelCount(readBlock([512, 512, 512])) <= 2 ** 24);
  assert.ok(voxelCount(readBlock([1, 1, 2 ** 26])) <= 2 ** 24);
});

Deno.test("a transfer's block holds whole written chunks, and whole planes where one end passes in order", () => {
  const random = new Random(2);
  const triple = (): Triple => [random.integer(1, 9), random.integer(1, 9), random.integer(1, 9)];
  for (let run = 0; run < 100; run++) {
    const [shape, readChunk, writeChunk] = [triple(), triple(), triple()];
    const block = transferBlock(shape, { readChunk, writeChunk, forwardOnly: false });
    block.forEach((n, a) => assert.ok(n % writeChunk[a] === 0 && n >= readChunk[a]));
    const ordered = transferBlock(shape, { readChunk, writeChunk: [1, 1, shape[2]], forwardOnly: true });
    if (readChunk[0] > 1) assert.deepEqual(ordered.slice(1), shape.slice(1));
  }
});

Deno.test("a transfer's block takes as much of a large read chunk as it may, so that few boxes decode it again", () => {
  const block = (readChunk: Triple, writeChunk: Triple) =>
    transferBlock([4096, 8192, 8192], { readChunk, writeChunk, forwardOnly: false });
  assert.deepEqual(block([1, 8192, 8192], [2, 128, 128]), [2, 1024, 8192]);
  assert.deepEqual(block([512, 512, 512], [128, 128, 128]), [128, 256, 512]);
  assert.deepEqual(block([256, 256, 256], [128, 128, 128]), [256, 256, 256]);
  assert.deepEqual(block([8, 8, 8], [512, 512, 512]), [512, 512, 512], "a written chunk is never cut");
});

/** Steps that take a random while, counted in turns of the event loop and not by a clock, with a record of what happened. */
function recordedSteps(
  fail?: (step: string, box: Box) => boolean,
): { steps: BoxSteps; log: string[]; busiest: () => number } {
  const random = new Random(3);
  const log: string[] = [];
  let [busy, busiest] = [0, 0];
  const step = (name: string) => async (box: Box) => {
    if (name === "read") busiest = Math.max(busiest, ++busy);
    log.push(`${name} ${box.x0}`);
    for (let turns = random.integer(0, 20); turns > 0; turns--) await undefined;
    if (fail?.(name, box)) throw new Error(`${name} of box ${box.x0}`);
    if (name === "write") busy--;
  };
  return { steps: { read: step("read"), work: step("work"), write: step("write") }, log, busiest: () => busiest };
}

const BOXES = planBoxes([1, 1, 24], [1, 1, 1], 1);
const IN_ORDER = BOXES.map((box) => box.x0);
const places = (log: readonly string[], step: string) =>
  log.filter((line) => line.startsWith(step)).map((line) => Number(line.split(" ")[1]));

Deno.test("every box is read, worked on and written once, no more at once than slots", async () => {
  for (const slots of [1, 3, 50]) {
    const { steps, log, busiest } = recordedSteps();
    let done = 0;
    const flow = {
      slots,
      orderedReads: false,
      orderedWrites: false,
      onDone: (_box: Box, count: number) => assert.equal(count, ++done),
    };
    await flowBoxes(BOXES, flow, steps);
    for (const step of ["read", "work", "write"]) {
      assert.deepEqual(places(log, step).toSorted((a, b) => a - b), IN_ORDER);
    }
    assert.equal(busiest(), Math.min(slots, BOXES.length));
    assert.equal(done, BOXES.length);
  }
});

Deno.test("reads and writes keep the order where they must", async () => {
  for (const [orderedReads, orderedWrites] of [[true, false], [false, true], [true, true]]) {
    const { steps, log } = recordedSteps();
    await flowBoxes(BOXES, { slots: 4, orderedReads, orderedWrites }, steps);
    if (orderedReads) assert.deepEqual(places(log, "read"), IN_ORDER);
    if (orderedWrites) assert.deepEqual(places(log, "write"), IN_ORDER);
  }
});

Deno.test("the first failure ends the flow, whatever step and order, and nobody waits for ever", async () => {
  for (const failing of ["read", "work", "write"]) {
    for (const [orderedReads, orderedWrites] of [[false, false], [true, false], [false, true], [true, true]]) {
      for (const at of [0, 1, 7]) {
        const { steps, log } = recordedSteps((step, box) => step === failing && box.x0 === at);
        const flow = flowBoxes(BOXES, { slots: 4, orderedReads, orderedWrites }, steps);
        await assert.rejects(flow, { message: `${failing} of box ${at}` });
        assert.ok(places(log, "read").length <= at + 8, "no further boxes are begun");
      }
    }
  }
});

Deno.test("a signal ends the flow between two steps with its reason", async () => {
  const { steps, log } = recordedSteps();
  const controller = new AbortController();
  const onDone = (_box: Box, done: number) => done === 3 && controller.abort(new Error("enough"));
  const options = { slots: 2, orderedReads: false, orderedWrites: true, signal: controller.signal, onDone };
  await assert.rejects(flowBoxes(BOXES, options, steps), { message: "enough" });
  assert.ok(places(log, "read").length < 8);
});

Deno.test("the buffers of a box have its size, and the optional ones are there when asked for", async () => {
  const boxes = planBoxes([3, 4, 5], [2, 3, 5], 30);
  await flowBoxes(boxes, { slots: 2, orderedReads: false, orderedWrites: false }, {
    read: (box, slot) => Promise.resolve(void slot.data(box).fill(box.z0)),
    work(box, slot) {
      assert.equal(slot.data(box).length, boxVoxels(box));
      assert.equal(slot.extra(box).length, boxVoxels(box));
      assert.equal(slot.bytes(box).length, boxVoxels(box));
    },
    write(box, slot) {
      assert.ok(slot.data(box).every((value) => value === box.z0));
      return Promise.resolve();
    },
  });
});
