/** The contract of src/backends/backend.ts over the WebGPU backend, on whatever adapter is here. */
import { contractSuite } from "../../contract/suite.ts";
import { openWebGpu, webGpuMissing } from "../../helpers/webgpu.ts";

contractSuite({
  name: "webgpu",
  open: () => openWebGpu(),
  skip: webGpuMissing,
  tolerances: { fit: "fitWebGpu", apply: "applyWebGpu", smooth: "smoothWebGpu" },
});
