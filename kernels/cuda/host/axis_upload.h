// The spline rows of an axis on their way to the device.
#pragma once

#include <algorithm>

#include "fit_memory.h"

namespace n4 {

// Holds what is copied: must live until the stream has been waited for.
class AxisUpload {
 public:
  // `first` and `rows` (B, B^2, B^3 / sum B^2 of all positions) are the caller's.
  void start(AxisRows& axis, const int32_t* first, const double* rows, const Stream& stream) {
    const int spans = axis.points - 3;
    for (int s = 0, i = 0; s <= spans; s++) {
      while (i < axis.positions && first[i] < s) i++;
      starts_.push_back(i);
    }
    const size_t positions = axis.positions, four = 4 * positions;
    evaluate_.assign(rows, rows + four);
    axis.deltaStride = placeDeltas(axis, rows + 2 * four);
    upload(axis.first, first, positions, stream);
    upload(axis.start, starts_.data(), starts_.size(), stream);
    uploadRows(axis.evaluate, rows, positions, stream);
    uploadRows(axis.omega, rows + four, positions, stream);
    uploadRows(axis.delta, rows + 2 * four, positions, stream);
    uploadRows(axis.evaluateFloat, evaluate_.data(), positions, stream);
    uploadRows(axis.deltaFloat, delta_.data(), delta_.size() / 4, stream);
  }

 private:
  // By their rank within a span where there is room for it; returns the stride.
  int placeDeltas(const AxisRows& axis, const double* rows) {
    const int spans = axis.points - 3;
    int most = 0;
    for (int s = 0; s < spans; s++) most = std::max(most, starts_[s + 1] - starts_[s]);
    const size_t size = static_cast<size_t>(most) * spans;
    if (size > deltaRows(axis.positions, axis.points)) {
      delta_.assign(rows, rows + 4 * static_cast<size_t>(axis.positions));
      return 1;
    }
    delta_.resize(4 * size);
    for (int s = 0; s < spans; s++) {
      for (int i = starts_[s]; i < starts_[s + 1]; i++) {
        const size_t at = static_cast<size_t>(i - starts_[s]) * spans + s;
        std::copy_n(rows + 4 * static_cast<size_t>(i), 4, delta_.begin() + 4 * at);
      }
    }
    return spans;
  }

  std::vector<int> starts_;
  std::vector<float> evaluate_, delta_;
};

}  // namespace n4
