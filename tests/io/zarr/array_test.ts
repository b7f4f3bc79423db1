/** Metadata of Zarr arrays: what the formats allow and n4 does not read is refused in one sentence. */

import { change, expectRefusal, golden } from "../../helpers/ome_zarr_images.ts";

Deno.test("what version 2 has and n4 does not is refused", async () => {
  const cases: [string, unknown, RegExp][] = [
    ["compressor", { id: "lzma" }, /compressor id must be .*: current value is "lzma"/],
    ["filters", [{ id: "delta" }], /filters are not supported/],
    ["dtype", "<c8", /dtype must be .*: current value is "<c8"/],
    ["dtype", [["a", "<i4"]], /dtype must be/],
    ["order", "A", /order must be "C" or "F"/],
    ["zarr_format", 1, /zarr_format must be 2/],
    ["dimension_separator", "../", /dimension_separator must be "." or "\/"/],
    ["fill_value", 0.5, /fill_value must be an integer, as the values are int8: current value is 0.5/],
    ["fill_value", "NaN", /fill_value must be an integer/],
  ];
  for (const [field, value, rule] of cases) {
    await expectRefusal(change(golden("v2 zstd int8"), "0/.zarray", [field], value), rule);
  }
  await expectRefusal(
    change(golden("v2 zstd int8"), ".zattrs", ["multiscales", 0, "version"], "1.0"),
    /from "0.1" to "0.6"/,
  );
});

Deno.test("shards that are nested, wrapped or uneven are refused", async () => {
  const at = ["codecs", 0, "configuration"];
  const cases: [(string | number)[], unknown, RegExp][] = [
    [[...at, "chunk_shape"], [3, 3, 4], /a divisor of the shard shape 6 x 4 x 8/],
    [[...at, "codecs"], [{ name: "sharding_indexed" }], /must be "bytes"/],
    [[...at, "index_codecs"], ["bytes", "zstd"], /little-endian bytes, with or without crc32c/],
    [[...at, "index_location"], "middle", /"start" or "end"/],
    [["codecs", 1], { name: "zstd" }, /codecs around shards are not supported/],
  ];
  for (const [path, value, rule] of cases) {
    await expectRefusal(change(golden("v3 shards uint16"), "0/zarr.json", path, value), rule);
  }
});
