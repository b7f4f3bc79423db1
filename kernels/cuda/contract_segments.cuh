// The segments of stage `contract`: the samples of a row within one knot span. How they are cut over blocks, rows and
// lanes depends on the shapes alone, so that the order of every sum is the same on every device.
#pragma once

#include "common.cuh"

namespace n4 {

// How the contraction over x is cut, by the shapes alone. A segment is the samples of a row within one knot span;
// `lanes` lanes share it.
struct RowsPlan {
  int lanes;         // of one segment, a power of two
  int width;         // segments that a row has in one pass
  int outputs;       // control points that a row gains in one pass
  int halo;          // segments before the first control point of a pass, which the pass before has met too
  int chunks;        // passes over a row
  int rowsPerPass;   // rows that a block works on at once
  int rowsPerBlock;  // rows of a block in all
};

// Blocks that are enough to fill a large device; more rows are taken one after the other, which spares reading E anew.
constexpr int kContractBlocks = 2048;

// Bins whose shifts fit the shared memory that the segments leave.
constexpr int kSharedShifts = (kSharedBytes - kThreads * 4 * sizeof(float)) / sizeof(Shift);

inline RowsPlan planRows(const Samples& samples, int pointsX) {
  RowsPlan plan = {};
  const int spans = pointsX - 3;
  plan.lanes = lanesFor(samples.columns / spans / 8);
  const int groups = kThreads / plan.lanes;
  const bool whole = spans <= groups;
  plan.width = whole ? spans : groups;
  plan.outputs = whole ? pointsX : groups - 3;
  plan.halo = whole ? 0 : 3;
  plan.chunks = whole ? 1 : static_cast<int>(blocksFor(pointsX, plan.outputs));
  plan.rowsPerPass = groups / plan.width;
  const unsigned passes = blocksFor(static_cast<size_t>(samples.planes) * samples.rows, plan.rowsPerPass);
  plan.rowsPerBlock =
      plan.rowsPerPass * static_cast<int>(blocksFor(static_cast<size_t>(passes) * plan.chunks, kContractBlocks));
  return plan;
}

// kernels

// segmentStart[r * (spans + 1) + s] = first sample of row r whose first control point is >= s.
__global__ void __launch_bounds__(kThreads) findSegmentsKernel(Samples samples, AxisRows x, uint32_t* segmentStart) {
  const int entries = x.points - 2;
  const size_t item = static_cast<size_t>(blockIdx.x) * kThreads + threadIdx.x;
  const size_t rows = static_cast<size_t>(samples.planes) * samples.rows;
  if (item >= rows * entries) return;
  const size_t row = item / entries;
  const int column = x.start[item % entries];
  uint32_t begin = samples.rowStart[row], end = samples.rowStart[row + 1];
  while (begin < end) {
    const uint32_t middle = begin + (end - begin) / 2;
    if (samples.column[middle] < column)
      begin = middle + 1;
    else
      end = middle;
  }
  segmentStart[item] = begin;
}

// launchers

inline cudaError_t launchFindSegments(const Samples& samples, const AxisRows& x, uint32_t* segmentStart,
                                      cudaStream_t stream) {
  const size_t items = static_cast<size_t>(samples.planes) * samples.rows * (x.points - 2);
  return launch(findSegmentsKernel, blocksFor(items, kThreads), 0, stream, samples, x, segmentStart);
}

}  // namespace n4
