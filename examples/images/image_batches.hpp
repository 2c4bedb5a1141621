#pragma once

#include "support/gray_picture.hpp"
#include "support/idx_images.hpp"
#include <unroll/framework/tensor/tensor.hpp>
#include <unroll/models/trainer/shuffled_examples.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>

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

/// Throws unroll::FileError for images of another size than the reading's; messages call them `name`.
void expect_size(const support::LabeledImages& images, const Reading& reading, const std::string& name);
/// Throws unroll::ArgumentError when none of the images is left to learn from.
void expect_validation(std::size_t validation, const support::LabeledImages& images);

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

/// Puts some images into a batch, counted from `first` on, each changed as its stream of random numbers says.
struct ImageGather {
  const support::LabeledImages* images;
  Reading reading;
  std::size_t first = 0;
  Changes changes = {};

  void operator()(std::span<const std::size_t> indices, ImageBatch& to, const unroll::Random& random) const;
};

/// The images [first, end), of which each epoch has a new order and new changes.
using ImageBatches = unroll::ShuffledExamples<ImageBatch, ImageGather>;
/// Keeps a reference to the images, which must outlive it. Throws unroll::ArgumentError when there are none.
ImageBatches image_batches(const support::LabeledImages& images, const Reading& reading, std::size_t first,
                           std::size_t end, std::size_t batch, const Changes& changes = {});

/// What a checkpoint keeps of the images and their changes: the SHA-256 of pixels and labels.
std::map<std::string, std::string> settings_of(const support::LabeledImages& images, const Changes& changes);

}  // namespace images
