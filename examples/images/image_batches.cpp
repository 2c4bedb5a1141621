#include "images/image_batches.hpp"

#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/files/metadata.hpp>
#include <unroll/framework/files/sha256.hpp>

#include <fmt/format.h>

namespace images {

std::size_t Reading::steps() const {
  if (by == By::rows) return height;
  return by == By::pixels ? height * width : (height / patch) * (width / patch);
}

std::size_t Reading::inputs() const {
  if (by == By::rows) return width;
  return by == By::pixels ? 1 : patch * patch;
}

std::size_t Reading::pixel(std::size_t t, std::size_t d) const {
  if (by == By::rows) return t * width + d;
  if (by == By::pixels) return t;
  const std::size_t across = width / patch;
  return (t / across * patch + d / patch) * width + t % across * patch + d % patch;
}

void expect_patches(const Reading& reading) {
  if (reading.by != By::patches || (reading.height % reading.patch == 0 && reading.width % reading.patch == 0)) return;
  throw unroll::ArgumentError(
      fmt::format("--patch: {} given, expected one that divides both sides of the images, {}x{} pixels", reading.patch,
                  reading.height, reading.width));
}

void expect_size(const support::LabeledImages& images, const Reading& reading, const std::string& name) {
  if (images.height == reading.height && images.width == reading.width) return;
  throw unroll::FileError(fmt::format("{}: images of {}x{} pixels, expected {}x{}, as the model has learned",
                                      unroll::quoted(name), images.height, images.width, reading.height,
                                      reading.width));
}

void expect_validation(std::size_t validation, const support::LabeledImages& images) {
  if (validation < images.count()) return;
  throw unroll::ArgumentError(fmt::format(
      "--validation: {} images given, expected fewer than the {} of the training set", validation, images.count()));
}

void put_image(std::span<const std::uint8_t> image, const Reading& reading, unroll::Tensor<float>& inputs,
               std::size_t n, std::ptrdiff_t right, std::ptrdiff_t down, bool mirrored) {
  const auto height = static_cast<std::ptrdiff_t>(reading.height), width = static_cast<std::ptrdiff_t>(reading.width);
  const std::size_t steps = reading.steps(), size = reading.inputs(), batch = inputs.shape()[1];
  for (std::size_t t = 0; t < steps; ++t)
    for (std::size_t d = 0; d < size; ++d) {
      const auto pixel = static_cast<std::ptrdiff_t>(reading.pixel(t, d));
      const std::ptrdiff_t y = pixel / width - down, shifted = pixel % width - right;
      const std::ptrdiff_t x = mirrored ? width - 1 - shifted : shifted;
      const bool is_inside = 0 <= y && y < height && 0 <= x && x < width;
      inputs[(t * batch + n) * size + d] =
          is_inside ? static_cast<float>(image[static_cast<std::size_t>(y * width + x)]) / 127.5F : 0;
    }
}

void ImageGather::operator()(std::span<const std::size_t> indices, ImageBatch& to, const unroll::Random& random) const {
  const unroll::Shape shape{reading.steps(), indices.size(), reading.inputs()};
  if (to.inputs.shape() != shape) to.inputs = unroll::Tensor<float>(shape), to.labels = unroll::Tensor<int>({shape[1]});
  to.count = indices.size();
  for (std::size_t n = 0; n < indices.size(); ++n) {
    const unroll::Random drawn = random.split(indices[n]);
    const auto shift = [&](std::uint64_t axis) {
      const double places = 2.0 * static_cast<double>(changes.shift) + 1;
      return static_cast<std::ptrdiff_t>(places * drawn.uniform(axis)) - static_cast<std::ptrdiff_t>(changes.shift);
    };
    const bool mirrored = changes.mirror && drawn.uniform(2) < 0.5;
    put_image(images->image(first + indices[n]), reading, to.inputs, n, shift(0), shift(1), mirrored);
    to.labels[n] = images->labels[first + indices[n]];
  }
}

ImageBatches image_batches(const support::LabeledImages& images, const Reading& reading, std::size_t first,
                           std::size_t end, std::size_t batch, const Changes& changes) {
  return {{.examples = end - first, .batch = batch},
          {.images = &images, .reading = reading, .first = first, .changes = changes}};
}

std::map<std::string, std::string> settings_of(const support::LabeledImages& images, const Changes& changes) {
  return {{"images", unroll::sha256_of(std::as_bytes(std::span(images.pixels)))},
          {"labels", unroll::sha256_of(std::as_bytes(std::span(images.labels)))},
          {"shift", unroll::number_text(changes.shift)},
          {"mirror", changes.mirror ? "true" : "false"}};
}

}  // namespace images
