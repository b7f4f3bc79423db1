// Stage `apply`: the fused voxel map over rows of a box. A warp takes a row: it contracts the lattices over z and y
// into a line of control values, then maps the voxels. Only global indices enter. Twin: src/backends/ts/loops/apply.ts.
#pragma once

#include "common.cuh"

namespace n4 {

// Fields over one plane at most: its section's and the global one.
constexpr int kLayersPerPlane = 2;

// Control points along x, over both layers, up to which a warp keeps the lines in shared memory.
constexpr int kApplyLinePoints = kSharedBytes / (kWarps * kLayersPerPlane * sizeof(double));

// A log field with the rows that evaluate it at every plane, row and column of the volume.
struct FieldLayer {
  const double* lattice;
  const int *firstZ, *firstY, *firstX;
  const Row<double> *evaluateZ, *evaluateY, *evaluateX;
  int pointsY, pointsX;
};

// The voxel map of a volume; see ApplySpec in src/backends/backend.ts.
struct VoxelMap {
  const FieldLayer* layers;
  const int* layerOfPlane;  // kLayersPerPlane a plane; -1 for none
  const float* gain;        // one a plane, or null
  const float* tables;      // tableSize numbers a table, or null
  const int* tableOfPlane;  // -1 for none
  double tableLo, tableHi, tableThreshold, strength, scale, floor;
  int tableSize, zeroOutside, linePoints;  // linePoints: most control points along x of any layer
};

// A run of rows of a box: rows [row0, row1) of its planes one after the other, nx voxels each from column x0.
struct BoxRows {
  int64_t row0, row1;
  int z0, y0, x0, ny, nx;
};

// kernels

// Linear interpolation on an even grid of intensities, clamped at its ends; values at or below the threshold stay, as
// does infinity.
__device__ inline double lookUp(const VoxelMap& map, const float* table, double value) {
  if (!(value > map.tableThreshold) || isinf(value)) return value;
  const int last = map.tableSize - 1;
  const double q =
      fmin(fmax((value - map.tableLo) * last / (map.tableHi - map.tableLo), 0.0), static_cast<double>(last));
  const int j = min(static_cast<int>(q), last - 1);
  const double below = table[j];
  return below + (q - j) * (table[j + 1] - below);
}

// One voxel of intensity `value`.
__device__ inline float mapVoxel(const VoxelMap& map, const float* table, double gain, double logField, double value,
                                 bool inside) {
  if (map.zeroOutside && !inside) return 0;
  double m = table ? lookUp(map, table, value) : value;
  if (inside) m *= gain;
  const double field = exp(logField);
  const double corrected = m / (field > map.floor ? field : map.floor);
  return static_cast<float>((map.strength == 1 ? corrected : map.strength * corrected + (1 - map.strength) * m) *
                            map.scale);
}

// A layer's control value c of the line at plane z and row y.
__device__ inline double layerValue(const FieldLayer& layer, int z, int y, int c) {
  return lineValue(layer.lattice, layer.pointsY, layer.pointsX, layer.evaluateZ[z], layer.firstZ[z],
                   layer.evaluateY[y], layer.firstY[y], c);
}

// The log field at a voxel; `lines` holds a line a layer, or is null.
__device__ inline double logFieldAt(const VoxelMap& map, const double* lines, int z, int y, int x) {
  double sum = 0;
  for (int l = 0; l < kLayersPerPlane; l++) {
    const int which = map.layerOfPlane[kLayersPerPlane * z + l];
    if (which < 0) continue;
    const FieldLayer& layer = map.layers[which];
    const int k = layer.firstX[x];
    for (int j = 0; j < 4; j++) {
      sum += layer.evaluateX[x].w[j] * (lines ? lines[l * map.linePoints + k + j] : layerValue(layer, z, y, k + j));
    }
  }
  return sum;
}

// kField: writes max(exp(log field), floor) / scale instead of a corrected voxel.
template <bool kField>
__global__ void __launch_bounds__(kThreads) applyKernel(VoxelMap map, BoxRows box, float* data, const uint8_t* mask) {
  N4_DYNAMIC_SHARED(double, shared);
  const int warp = threadIdx.x / kWarp, lane = threadIdx.x % kWarp;
  const int64_t row = box.row0 + static_cast<int64_t>(blockIdx.x) * kWarps + warp;
  if (row >= box.row1) return;
  const int z = box.z0 + static_cast<int>(row / box.ny), y = box.y0 + static_cast<int>(row % box.ny);
  double* lines = map.linePoints <= kApplyLinePoints
                      ? shared + static_cast<size_t>(warp) * kLayersPerPlane * map.linePoints
                      : nullptr;
  for (int l = 0; lines && l < kLayersPerPlane; l++) {
    const int which = map.layerOfPlane[kLayersPerPlane * z + l];
    if (which < 0) continue;
    for (int c = lane; c < map.layers[which].pointsX; c += kWarp)
      lines[l * map.linePoints + c] = layerValue(map.layers[which], z, y, c);
  }
  __syncwarp();
  const float* table = map.tables && map.tableOfPlane[z] >= 0
                           ? map.tables + static_cast<size_t>(map.tableOfPlane[z]) * map.tableSize
                           : nullptr;
  const double gain = map.gain ? map.gain[z] : 1;
  const int64_t offset = (row - box.row0) * box.nx;
  for (int i = lane; i < box.nx; i += kWarp) {
    const double logField = logFieldAt(map, lines, z, y, box.x0 + i);
    float* at = data + offset + i;
    if (kField)
      *at = static_cast<float>(fmax(exp(logField), map.floor) / map.scale);
    else
      *at = mapVoxel(map, table, gain, logField, *at, !mask || mask[offset + i] != 0);
  }
}

// launchers

// Corrects the rows in `data`, or writes their field.
inline cudaError_t launchApply(bool field, const VoxelMap& map, const BoxRows& box, float* data, const uint8_t* mask,
                               cudaStream_t stream) {
  const size_t shared =
      map.linePoints <= kApplyLinePoints ? kWarps * kLayersPerPlane * map.linePoints * sizeof(double) : 0;
  return launch(field ? applyKernel<true> : applyKernel<false>, blocksFor(box.row1 - box.row0, kWarps), shared, stream,
                map, box, data, mask);
}

}  // namespace n4
