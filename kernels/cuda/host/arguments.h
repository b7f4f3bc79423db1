// The arguments of the C interface, checked before a kernel could read beyond an array.
#pragma once

#include "fit_memory.h"

namespace n4 {

inline void requireGiven(bool holds, const char* action, const char* name) {
  if (!holds) fail(N4_BAD_ARGUMENT, "Cannot %s as '%s' must be given: current value is null", action, name);
}

inline void requireShape(const char* action, int32_t planes, int32_t rows, int32_t columns) {
  require(planes >= 1, action, "planes", "an integer >= 1", planes);
  require(rows >= 1, action, "rows", "an integer >= 1", rows);
  require(columns >= 1, action, "columns", "an integer >= 1", columns);
}

inline void requirePoints(const char* action, const int points[3]) {
  const char* names[] = {"points_z", "points_y", "points_x"};
  for (int a = 0; a < 3; a++)
    require(points[a] >= 4 && points[a] < (1 << 20), action, names[a], "an integer from 4 to 1048575", points[a]);
  const double size = static_cast<double>(points[0]) * points[1] * points[2];
  require(size <= (1 << 28), action, "points", "at most 268435456 in all", size);
}

inline void requireBins(const char* action, int32_t bins) {
  require(bins >= 2 && bins <= 65536, action, "bins", "an integer from 2 to 65536", bins);
}

// first[i] and the three control points after it must lie on the lattice, or a kernel would read beyond it.
inline void requireFirst(const char* action, const int32_t* first, int positions, int points) {
  requireGiven(first != nullptr, action, "first");
  for (int i = 0; i < positions; i++)
    require(first[i] >= 0 && first[i] <= points - 4, action, "first", "within the lattice", first[i]);
}

inline void requireBox(const char* action, const int32_t* box, const int* shape) {
  requireGiven(box != nullptr, action, "box");
  for (int a = 0; a < 3; a++) {
    require(box[2 * a] >= 0 && box[2 * a] < box[2 * a + 1], action, "box", "not empty", box[2 * a]);
    require(box[2 * a + 1] <= shape[a], action, "box", "within the volume", box[2 * a + 1]);
  }
}

inline Samples samplesOf(const uint32_t* rowStart, const uint16_t* column, const float* value, const float* weight,
                         int64_t count, int planes, int rows, int columns) {
  requireShape("open the fit", planes, rows, columns);
  require(columns <= 65536, "open the fit", "columns", "at most 65536", columns);
  require(count >= 0 && count <= kMostSamples, "open the fit", "samples", "from 0 to 4294967263",
          static_cast<double>(count));
  return {rowStart, column, value, weight, static_cast<uint32_t>(count), planes, rows, columns};
}

inline void requireSamples(const Samples& samples) {
  const char* action = "open the fit";
  requireGiven(samples.rowStart != nullptr, action, "row_start");
  requireGiven(samples.count == 0 || (samples.column && samples.value), action, "value");
  const size_t rows = rowsOf(samples);
  for (size_t r = 0; r < rows; r++)
    require(samples.rowStart[r] <= samples.rowStart[r + 1], action, "row_start", "ascending", samples.rowStart[r]);
  require(samples.rowStart[0] == 0, action, "row_start", "0 at its first entry", samples.rowStart[0]);
  require(samples.rowStart[rows] == samples.count, action, "row_start", "the number of samples at its last entry",
          samples.rowStart[rows]);
  uint16_t most = 0;  // of 4.7 million samples in half a millisecond, as the compiler makes vectors of it
  for (uint32_t i = 0; i < samples.count; i++) most = samples.column[i] > most ? samples.column[i] : most;
  require(samples.count == 0 || most < samples.columns, action, "x_index", "within the columns", most);
}

}  // namespace n4
