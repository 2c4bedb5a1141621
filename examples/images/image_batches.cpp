#include "images/image_batches.hpp"

#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/metadata.hpp>
#include <unroll/framework/files/sha256.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

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

ImageBatches::ImageBatches(const support::LabeledImages& images, const Reading& reading, const Options& options)
    : images_(&images), reading_(reading), options_(options) {
  if (options.first >= options.end || options.end > images.count() || options.batch == 0)
    throw unroll::ArgumentError(fmt::format("no images from {} to before {} of {}, in batches of {}", options.first,
                                            options.end, images.count(), options.batch));
}

std::size_t ImageBatches::batches() const { return (options_.end - options_.first - 1) / options_.batch + 1; }

void ImageBatches::begin_epoch(const unroll::Random& random) {
  const std::size_t count = options_.end - options_.first;
  order_.resize(count);
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  if (options_.shuffled) order_ = random.split(0).permutation(count);
  changes_ = random.split(1);
}

void ImageBatches::read(std::size_t batch, unroll::BatchPart part, Batch& to) const {
  const std::size_t begin = batch * options_.batch;
  const auto [first, count] = part.range_of(std::min(options_.batch, order_.size() - begin));
  to.count = count;
  if (count == 0) return;
  const unroll::Shape shape{reading_.steps(), count, reading_.inputs()};
  if (to.inputs.shape() != shape) to.inputs = unroll::Tensor<float>(shape), to.labels = unroll::Tensor<int>({count});
  const Changes& changes = options_.changes;
  for (std::size_t n = 0; n < count; ++n) {
    const std::size_t index = options_.first + order_[begin + first + n];
    const auto shift = [&](std::uint64_t axis) {
      const double places = 2.0 * static_cast<double>(changes.shift) + 1;
      return static_cast<std::ptrdiff_t>(places * changes_.uniform(3 * index + axis))
             - static_cast<std::ptrdiff_t>(changes.shift);
    };
    const bool mirrored = changes.mirror && changes_.uniform(3 * index + 2) < 0.5;
    put_image(images_->image(index), reading_, to.inputs, n, shift(0), shift(1), mirrored);
    to.labels[n] = images_->labels[index];
  }
}

std::map<std::string, std::string> ImageBatches::settings() const {
  return {{"images", unroll::sha256_of(std::as_bytes(std::span(images_->pixels)))},
          {"labels", unroll::sha256_of(std::as_bytes(std::span(images_->labels)))},
          {"first", unroll::number_text(options_.first)},
          {"end", unroll::number_text(options_.end)},
          {"batch", unroll::number_text(options_.batch)},
          {"shift", unroll::number_text(options_.changes.shift)},
          {"mirror", options_.changes.mirror ? "true" : "false"}};
}

}  // namespace images
