/** The contract of src/backends/backend.ts over the TypeScript backend, on the calling thread and on threads. */
import assert from "node:assert/strict";
import { openTsBackend } from "../../src/backends/ts/ts_backend.ts";
import { contractSuite } from "../contract/suite.ts";

for (const workers of [0, 1, 2, 8]) {
  contractSuite({
    name: workers === 0 ? "ts on the calling thread" : `ts on ${workers} thread${workers === 1 ? "" : "s"}`,
    open: () => openTsBackend({ workers }),
    tolerances: { fit: "exact", apply: "applyTs", smooth: "smoothTs" },
  });
}

Deno.test("a number of workers that is not an integer >= 0 is refused", () => {
  for (const workers of [-1, 1.5, NaN]) {
    assert.throws(() => openTsBackend({ workers }), {
      name: "RangeError",
      message: `Cannot open the backend as 'workers' must be an integer >= 0: current value is ${workers}`,
    });
  }
});
