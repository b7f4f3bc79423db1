// The arrays of a correction and of a smoothing on the device, and the bytes they need: placed and counted by the same
// lines.
#pragma once

#include "../apply.cuh"
#include "../smooth.cuh"
#include "lanes.h"

namespace n4 {

// Voxels of a piece: 16 MiB of intensities, large against the cost of a copy's start (about 10 microseconds), small
// against a box.
constexpr int64_t kPieceVoxels = 1 << 22;

// Bytes of a voxel on its way through a lane: its intensity and its mask; in a smoothing what a pass reads and writes.
constexpr size_t kApplyVoxelBytes = sizeof(float) + 1;
constexpr size_t kSmoothVoxelBytes = 2 * sizeof(float);

// What a correction is opened with; pointers are the caller's, gain and tables may be null.
struct ApplyOptions {
  int shape[3];
  int layers, tableCount;
  const float* gain;
  const float* tables;
  const int32_t* tableOfPlane;
};

// `map` gives the tables' size and gains the arrays; `options` says what there is.
inline void placeMap(Layout& layout, const ApplyOptions& options, VoxelMap& map) {
  const size_t planes = options.shape[0], tables = static_cast<size_t>(options.tableCount) * map.tableSize;
  map.layers = layout.take<FieldLayer>(options.layers);
  map.layerOfPlane = layout.take<int>(kLayersPerPlane * planes);
  map.gain = options.gain ? layout.take<float>(planes) : nullptr;
  map.tables = tables ? layout.take<float>(tables) : nullptr;
  map.tableOfPlane = tables ? layout.take<int>(planes) : nullptr;
}

// A layer whose lattice has `size` control points, over a volume of `shape`.
inline FieldLayer placeLayer(Layout& layout, const int shape[3], size_t size) {
  FieldLayer layer = {};
  layer.lattice = layout.take<double>(size);
  layer.firstZ = layout.take<int>(shape[0]);
  layer.firstY = layout.take<int>(shape[1]);
  layer.firstX = layout.take<int>(shape[2]);
  layer.evaluateZ = layout.take<Row<double>>(shape[0]);
  layer.evaluateY = layout.take<Row<double>>(shape[1]);
  layer.evaluateX = layout.take<Row<double>>(shape[2]);
  return layer;
}

// Rows of `columns` voxels that make a piece.
inline int64_t pieceRows(int64_t columns) { return kPieceVoxels / columns > 0 ? kPieceVoxels / columns : 1; }

// Most bytes of a correction whose boxes have at most `boxVoxels` voxels and whose layers have `size` control points.
inline size_t applyBytes(const ApplyOptions& options, int tableSize, size_t size, int64_t boxVoxels) {
  VoxelMap map = {};
  map.tableSize = tableSize;
  Layout layout(nullptr), layer(nullptr);
  placeMap(layout, options, map);
  placeLayer(layer, options.shape, size);
  const int64_t columns = options.shape[2];
  const int64_t piece = kPieceVoxels > columns ? kPieceVoxels : columns;
  const int64_t part = boxVoxels < piece ? boxVoxels : piece;
  const bool single = part >= columns * options.shape[1] * options.shape[0];
  const size_t lanes = single ? 1 : Lanes::kCount;
  return layout.bytes() + options.layers * layer.bytes() + lanes * part * kApplyVoxelBytes;
}

// Taps of a smoothing, all axes together.
inline size_t tapCount(const int radius[3]) {
  size_t count = 0;
  for (int a = 0; a < 3; a++) count += 2 * static_cast<size_t>(radius[a]) + 1;
  return count;
}

// Most bytes of a smoothing of `boxes` boxes that have at most `boxVoxels` voxels, halo included.
inline size_t smoothBytes(const int radius[3], int64_t boxes, int64_t boxVoxels) {
  const size_t lanes = boxes < Lanes::kCount ? boxes : Lanes::kCount;
  return tapCount(radius) * sizeof(double) + lanes * static_cast<size_t>(boxVoxels) * kSmoothVoxelBytes;
}

}  // namespace n4
