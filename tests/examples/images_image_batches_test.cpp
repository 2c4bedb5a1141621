#include "images/image_batches.hpp"
#include "support/catch.hpp"
#include <unroll/framework/errors/error.hpp>

#include <algorithm>
#include <numeric>

using images::By;
using images::ImageBatch;
using images::Reading;

namespace {

/// `count` images of 4x4 pixels; pixel i of image n is 16 n + i.
support::LabeledImages numbered(std::size_t count) {
  support::LabeledImages images{4, 4, std::vector<std::uint8_t>(16 * count), std::vector<std::uint8_t>(count)};
  std::iota(images.pixels.begin(), images.pixels.end(), std::uint8_t{0});
  std::iota(images.labels.begin(), images.labels.end(), std::uint8_t{0});
  return images;
}

Reading reading(By by, std::uint64_t patch = 2) { return {.by = by, .patch = patch, .height = 4, .width = 4}; }

/// The pixels of an image as its sequence has them.
std::vector<int> sequence(const Reading& how, std::ptrdiff_t right = 0, std::ptrdiff_t down = 0,
                          bool mirrored = false) {
  unroll::Tensor<float> inputs({how.steps(), 1, how.inputs()});
  put_image(numbered(1).image(0), how, inputs, 0, right, down, mirrored);
  std::vector<int> pixels;
  for (std::size_t i = 0; i < inputs.size(); ++i) pixels.push_back(static_cast<int>(inputs[i] * 127.5F + 0.5F));
  return pixels;
}

}  // namespace

TEST_CASE("an image is read by patches, by rows or by pixels") {
  CHECK(sequence(reading(By::patches)) == std::vector<int>{0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15});
  std::vector<int> in_order(16);
  std::iota(in_order.begin(), in_order.end(), 0);
  CHECK(sequence(reading(By::rows)) == in_order);
  CHECK(sequence(reading(By::pixels)) == in_order);
  CHECK(reading(By::patches).steps() == 4);
  CHECK(reading(By::rows).inputs() == 4);
  CHECK(reading(By::pixels).steps() == 16);
}

TEST_CASE("a shifted image moves right and down, background comes in, and a mirrored one is swapped first") {
  CHECK(sequence(reading(By::rows), 1, 2) == std::vector<int>{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 4, 5, 6});
  CHECK(sequence(reading(By::rows), -1, -3) == std::vector<int>{13, 14, 15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  CHECK(sequence(reading(By::rows), 0, -3, true)
        == std::vector<int>{15, 14, 13, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("a patch that does not divide an image is refused, unless images are read otherwise") {
  CHECK_NOTHROW(expect_patches(reading(By::patches, 4)));
  CHECK_NOTHROW(expect_patches(reading(By::rows, 3)));
  CHECK_THROWS_WITH(expect_patches(reading(By::patches, 3)), Catch::Contains("--patch: 3 given"));
}

TEST_CASE("images of another size than a model's, and a validation that leaves none to learn from, are refused") {
  const auto all = numbered(3);
  CHECK_NOTHROW(images::expect_size(all, reading(By::rows), "d"));
  CHECK_THROWS_WITH(images::expect_size(all, {.height = 4, .width = 5}, "d"),
                    Catch::Contains("\"d\": images of 4x4 pixels, expected 4x5"));
  CHECK_NOTHROW(images::expect_validation(2, all));
  CHECK_THROWS_WITH(images::expect_validation(3, all),
                    Catch::Contains("--validation: 3 images given, expected fewer than the 3"));
}

TEST_CASE("an epoch has each image once, and its changes do not depend on the parts of a batch") {
  const auto all = numbered(10);
  auto batches = image_batches(all, reading(By::patches), 1, 10, 4, {.shift = 1, .mirror = true});
  batches.begin_epoch(unroll::Random(3));
  REQUIRE(batches.batches() == 3);
  std::vector<int> labels;
  ImageBatch whole, half;
  for (std::size_t index = 0; index < 3; ++index) {
    batches.read(index, {}, whole);
    for (std::size_t n = 0; n < whole.count; ++n) labels.push_back(whole.labels[n]);
    for (std::size_t part = 0, n = 0; part < 2; ++part) {
      batches.read(index, {part, 2}, half);
      for (std::size_t i = 0; i < half.count; ++i, ++n)
        for (std::size_t t = 0; t < 4; ++t) CHECK(half.inputs.at({t, i, 3}) == whole.inputs.at({t, n, 3}));
    }
  }
  CHECK(labels != std::vector<int>{1, 2, 3, 4, 5, 6, 7, 8, 9});
  std::sort(labels.begin(), labels.end());
  CHECK(labels == std::vector<int>{1, 2, 3, 4, 5, 6, 7, 8, 9});
}

TEST_CASE("another epoch changes images otherwise, and images without changes come as they are") {
  const auto all = numbered(8);
  ImageBatch one, other;
  const auto gather = [&](const images::Changes& changes, std::uint64_t epoch, ImageBatch& to) {
    const std::vector<std::size_t> five{5};
    images::ImageGather{.images = &all, .reading = reading(By::rows), .changes = changes}(five, to,
                                                                                          unroll::Random(epoch));
  };
  std::size_t different = 0;
  for (std::uint64_t epoch = 0; epoch < 20; ++epoch) {
    gather({.shift = 1}, epoch, one), gather({.shift = 1}, epoch + 1, other);
    different += !std::equal(one.inputs.begin(), one.inputs.end(), other.inputs.begin());
  }
  CHECK(different > 10);
  gather({}, 1, one);
  CHECK(one.labels[0] == 5);
  CHECK(one.inputs.at({2, 0, 1}) == 89 / 127.5F);
  CHECK(images::settings_of(all, {.shift = 1}) != images::settings_of(all, {}));
  CHECK(images::settings_of(all, {}) != images::settings_of(numbered(7), {}));
}

TEST_CASE("a range without images is refused") {
  const auto all = numbered(2);
  CHECK_THROWS_AS(image_batches(all, reading(By::rows), 2, 2, 4), unroll::ArgumentError);
}
