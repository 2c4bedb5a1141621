#pragma once

#include "support/gray_picture.hpp"
#include "support/idx_images.hpp"
#include <unroll/framework/tensor/tensor.hpp>
#include <unroll/models/trainer/batch_source.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace images {

/// What is one step of the sequence that an image is read as.
enum class By : std::uint8_t { rows, patches, pixels };

/// How images become sequences. All of it is kept with a model.
struct Reading {
  By by = By::patches;
  std::uint64_t patch = 4;  // pixels along each side of a patch
  std::uint64_t height = 28, width = 28;

  std::size_t steps() const;   // T
  std::size_t inputs() const;  // D, the pixels of a step
  /// The pixel, counted row by row, that is input d of step t.
  std::size_t pixel(std::size_t t, std::size_t d) const;
};

/// Throws unroll::ArgumentError for a patch that does not divide both sides of the images.
void expect_patches(const Reading& reading);

/// How a training image is changed each time that it is read, at random.
struct Changes {
  std::uint64_t shift = 0;  // by as many pixels at most, in each direction; background comes in
  bool mirror = false;      // left and right swapped, in half of the cases
};

/// Images as sequences, for one update.
struct ImageBatch {
  unroll::Tensor<float> inputs;  // [T, N, D], 0 the background and 2 the brightest
  unroll::Tensor<int> labels;    // [N]
  std::size_t count = 0;         // N
};

/// An image as sequence n of inputs [T, N, D], `right` and `down` pixels away from where it was.
void put_image(std::span<const std::uint8_t> image, const Reading& reading, unroll::Tensor<float>& inputs,
               std::size_t n, std::ptrdiff_t right = 0, std::ptrdiff_t down = 0, bool mirrored = false);

/// Some images one after another, [first, end), in batches: in a new order each epoch, and changed at random, or in
/// their order and as they are. The changes depend on the epoch and the image alone, so that a training is the same
/// whatever its threads are.
class ImageBatches {
 public:
  using Batch = ImageBatch;
  struct Options {
    std::size_t first = 0, end;
    std::size_t batch = 64;
    bool shuffled = false;
    Changes changes = {};
  };

  /// Keeps a reference to the images, which must outlive it. Throws unroll::ArgumentError when there are no images in
  /// the range.
  ImageBatches(const support::LabeledImages& images, const Reading& reading, const Options& options);
  ImageBatches(const support::LabeledImages&& images, const Reading& reading, const Options& options) = delete;

  std::size_t batches() const;
  void begin_epoch(const unroll::Random& random);
  void read(std::size_t batch, unroll::BatchPart part, Batch& to) const;
  /// The SHA-256 of the pixels, and the options, which a checkpoint keeps.
  std::map<std::string, std::string> settings() const;

 private:
  const support::LabeledImages* images_;
  Reading reading_;
  Options options_;
  std::vector<std::size_t> order_;
  unroll::Random changes_{0};
};

}  // namespace images
