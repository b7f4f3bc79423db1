// The arrays of a fit and of a level on the device, each in one block, and the bytes they need.
#pragma once

#include "../contract.cuh"
#include "../histogram.cuh"
#include "../sharpen.cuh"
#include "../subtract.cuh"
#include "../update.cuh"
#include "memory.h"

namespace n4 {

// Iterations that are queued before the host looks whether the stop test has held.
constexpr int kBatch = 64;

// What lives as long as a fit.
struct FitArrays {
  Samples samples;
  float* u;
  IterationState* state;
  SharpenSettings* settings;
  double* convergence;  // kBatch
  Totals* totals;       // kSubtractBlocks
};

// What lives as long as a level.
struct LevelArrays {
  LevelRows rows;
  LatticeMemory lattice;
  uint32_t* segmentStart;  // (points x - 2) a row
  double* rowSums;         // points x a row
  double* planeSums;       // points y * points x a plane
};

inline size_t rowsOf(const Samples& samples) { return static_cast<size_t>(samples.planes) * samples.rows; }

// `shape` gives the counts; a weight other than null asks for weights.
inline FitArrays placeFit(Layout& layout, const Samples& shape) {
  FitArrays fit = {};
  fit.samples = shape;
  fit.samples.rowStart = layout.take<uint32_t>(rowsOf(shape) + 1);
  fit.samples.column = layout.take<uint16_t>(shape.count);
  fit.samples.value = layout.take<float>(shape.count);
  fit.samples.weight = shape.weight ? layout.take<float>(shape.count) : nullptr;
  fit.u = layout.take<float>(shape.count);
  fit.state = layout.take<IterationState>(1);
  fit.settings = layout.take<SharpenSettings>(1);
  fit.convergence = layout.take<double>(kBatch);
  fit.totals = layout.take<Totals>(kSubtractBlocks);
  return fit;
}

inline AxisRows placeAxis(Layout& layout, int positions, int points) {
  AxisRows axis = {};
  axis.first = layout.take<int>(positions);
  axis.evaluate = layout.take<Row<double>>(positions);
  axis.omega = layout.take<Row<double>>(positions);
  axis.delta = layout.take<Row<double>>(positions);
  axis.evaluateFloat = layout.take<Row<float>>(positions);
  axis.deltaFloat = layout.take<Row<float>>(deltaRows(positions, points));
  axis.start = layout.take<int>(points - 2);
  axis.points = points;
  axis.positions = positions;
  return axis;
}

inline LevelArrays placeLevel(Layout& layout, const Samples& shape, const int points[3]) {
  LevelArrays level = {};
  level.rows.z = placeAxis(layout, shape.planes, points[0]);
  level.rows.y = placeAxis(layout, shape.rows, points[1]);
  level.rows.x = placeAxis(layout, shape.columns, points[2]);
  const size_t plane = static_cast<size_t>(points[1]) * points[2];
  const size_t size = plane * points[0];
  level.lattice = {layout.take<double>(size), layout.take<double>(size), layout.take<double>(size),
                   layout.take<float>(size)};
  level.segmentStart = layout.take<uint32_t>(rowsOf(shape) * (points[2] - 2));
  level.rowSums = layout.take<double>(rowsOf(shape) * points[2]);
  level.planeSums = layout.take<double>(shape.planes * plane);
  return level;
}

// Bins of the transform: twice as many, so that nothing wraps round, as a power of two.
inline int paddedBins(int bins) {
  int padded = 2;
  while (padded < 2 * bins) padded *= 2;
  return padded;
}

inline SharpenMemory placeBins(Layout& layout, int bins, int padded) {
  SharpenMemory memory = {};
  memory.histogram = layout.take<unsigned long long>(bins);
  memory.counts = layout.take<double>(bins);
  memory.expected = layout.take<double>(bins);
  memory.shift = layout.take<Shift>(bins);
  memory.cosine = layout.take<double>(padded / 2);
  memory.sine = layout.take<double>(padded / 2);
  memory.scratch = layout.take<double>(padded > kSharedPadded ? 3 * static_cast<size_t>(padded) : 0);
  return memory;
}

inline size_t fitBytes(const Samples& shape) {
  Layout layout(nullptr);
  placeFit(layout, shape);
  return layout.bytes();
}

inline size_t levelBytes(const Samples& shape, const int points[3]) {
  Layout layout(nullptr);
  placeLevel(layout, shape, points);
  return layout.bytes();
}

inline size_t binBytes(int bins) {
  Layout layout(nullptr);
  placeBins(layout, bins, paddedBins(bins));
  return layout.bytes();
}

}  // namespace n4
