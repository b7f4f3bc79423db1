// The correction of boxes: the voxel map lives on the device, boxes stream through two lanes in pieces of whole rows.
#pragma once

#include "box_memory.h"

namespace n4 {

class ApplySession {
 public:
  ApplySession(int device, const ApplyOptions& options, const VoxelMap& map)
      : device_(device), lanes_(device), map_(map), capacity_(options.layers) {
    for (int a = 0; a < 3; a++) shape_[a] = options.shape[a];
    stream_.create();
    const size_t planes = shape_[0], tables = static_cast<size_t>(options.tableCount) * map.tableSize;
    for (int round = 0; round < 2; round++) {
      Layout layout(memory_.data());
      placeMap(layout, options, map_);
      if (!memory_.data()) memory_.reserve(device_, layout.bytes(), "open the correction");
    }
    layerOfPlane_.assign(kLayersPerPlane * planes, -1);
    upload(map_.layerOfPlane, layerOfPlane_.data(), layerOfPlane_.size(), stream_);
    if (map_.gain) upload(map_.gain, options.gain, planes, stream_);
    if (map_.tables) upload(map_.tables, options.tables, tables, stream_);
    if (map_.tables) upload(map_.tableOfPlane, options.tableOfPlane, planes, stream_);
    stream_.wait("copies the voxel map");
  }
  ~ApplySession() { cudaSetDevice(device_); }

  const int* shape() const { return shape_; }

  // points, first and evaluate are those of z, y, x.
  void addLayer(int z0, int z1, const int points[3], const double* lattice, const int32_t* const first[3],
                const double* const evaluate[3]) {
    selectDevice(device_);
    std::lock_guard<std::mutex> lock(mutex_);
    require(static_cast<int>(layers_.size()) < capacity_, "add the field", "layers", "at most those asked for",
            static_cast<double>(layers_.size() + 1));
    const size_t size = static_cast<size_t>(points[0]) * points[1] * points[2];
    layerMemory_.emplace_back(new DeviceMemory);
    DeviceMemory& memory = *layerMemory_.back();
    FieldLayer layer = {};
    for (int round = 0; round < 2; round++) {
      Layout layout(memory.data());
      layer = placeLayer(layout, shape_, size);
      if (!memory.data()) memory.reserve(device_, layout.bytes(), "add the field");
    }
    layer.pointsY = points[1];
    layer.pointsX = points[2];
    const Settled settled(stream_);
    upload(layer.lattice, lattice, size, stream_);
    const int* firsts[3] = {layer.firstZ, layer.firstY, layer.firstX};
    const Row<double>* rows[3] = {layer.evaluateZ, layer.evaluateY, layer.evaluateX};
    for (int a = 0; a < 3; a++) {
      upload(firsts[a], first[a], shape_[a], stream_);
      uploadRows(rows[a], evaluate[a], shape_[a], stream_);
    }
    stream_.wait("copies a field");
    coverPlanes(z0, z1, static_cast<int>(layers_.size()));
    layers_.push_back(layer);
    if (points[2] > map_.linePoints) map_.linePoints = points[2];
    upload(map_.layers, layers_.data(), layers_.size(), stream_);
    upload(map_.layerOfPlane, layerOfPlane_.data(), layerOfPlane_.size(), stream_);
    stream_.wait("copies the voxel map");
  }

  // Streams the box through the lanes: corrects `data`, or writes the field into it.
  void run(const int32_t* box, float* data, const uint8_t* mask, bool field) {
    selectDevice(device_);
    const int64_t ny = box[3] - box[2], nx = box[5] - box[4], rows = (box[1] - box[0]) * ny;
    const int64_t most = pieceRows(nx);
    const int64_t step = most < rows ? most : rows;
    Lanes::Held held(lanes_, (rows + step - 1) / step);
    int64_t queued[2] = {-1, -1};
    int turn = 0;
    for (int64_t row = 0; row < rows; row += step, turn = (turn + 1) % held.count()) {
      if (queued[turn] >= 0) finish(held[turn], queued[turn], rows, step, nx, data);
      const int64_t end = row + step < rows ? row + step : rows;
      const BoxRows part = {row, end, box[0], box[2], box[4], static_cast<int>(ny), static_cast<int>(nx)};
      queue(held[turn], part, step * nx, data, mask, field);
      queued[turn] = row;
    }
    for (int i = 0; i < held.count(); i++, turn = (turn + 1) % held.count()) {
      if (queued[turn] >= 0) finish(held[turn], queued[turn], rows, step, nx, data);
    }
  }

 private:
  void coverPlanes(int z0, int z1, int layer) {
    for (int z = z0; z < z1; z++) {
      int* at = layerOfPlane_.data() + static_cast<size_t>(kLayersPerPlane) * z;
      if (at[0] < 0)
        at[0] = layer;
      else if (at[1] < 0)
        at[1] = layer;
      else
        fail(N4_BAD_ARGUMENT, "Cannot add the field as at most %d must lie over a plane: current plane is %d",
             kLayersPerPlane, z);
    }
  }

  void queue(Lane& lane, const BoxRows& part, int64_t capacity, const float* data, const uint8_t* mask, bool field) {
    const int64_t voxels = (part.row1 - part.row0) * part.nx, offset = part.row0 * part.nx;
    lane.memory.reserve(device_, capacity * kApplyVoxelBytes, "correct the box");
    lane.pinned.reserve(capacity * kApplyVoxelBytes);
    auto* values = reinterpret_cast<float*>(lane.memory.data());
    auto* inside = mask ? reinterpret_cast<uint8_t*>(values + capacity) : nullptr;
    auto* host = reinterpret_cast<float*>(lane.pinned.data());
    if (!field) {
      memcpy(host, data + offset, voxels * sizeof(float));
      upload(values, host, voxels, lane.stream);
    }
    if (mask) {
      auto* hostMask = reinterpret_cast<uint8_t*>(host + capacity);
      memcpy(hostMask, mask + offset, voxels);
      upload(inside, hostMask, voxels, lane.stream);
    }
    check(launchApply(field, map_, part, values, inside, lane.stream.get()), "corrects a box");
    download(host, values, voxels, lane.stream);
  }

  void finish(Lane& lane, int64_t row, int64_t rows, int64_t step, int64_t nx, float* data) {
    lane.stream.wait("corrects a box");
    const int64_t end = row + step < rows ? row + step : rows;
    memcpy(data + row * nx, lane.pinned.data(), (end - row) * nx * sizeof(float));
  }

  const int device_;
  int shape_[3];
  Lanes lanes_;
  Stream stream_;
  DeviceMemory memory_;
  VoxelMap map_;
  const int capacity_;
  std::mutex mutex_;
  std::vector<FieldLayer> layers_;
  std::vector<int> layerOfPlane_;
  std::vector<std::unique_ptr<DeviceMemory>> layerMemory_;
};

}  // namespace n4
