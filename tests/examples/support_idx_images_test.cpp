#include "support/catch.hpp"
#include "support/idx_images.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/errors/error.hpp>

#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <string>

using Catch::Contains;

namespace {

std::string big_endian(unsigned number) {
  return {static_cast<char>(number >> 24U), static_cast<char>(number >> 16U), static_cast<char>(number >> 8U),
          static_cast<char>(number)};
}

/// Two images of 2 rows and 3 columns, whose pixels count up from 1, of the classes 1 and 0.
struct Set {
  TemporaryDirectory directory;
  std::string images = big_endian(0x803) + big_endian(2) + big_endian(2) + big_endian(3)
                       + "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c";
  std::string labels = big_endian(0x801) + big_endian(2) + std::string("\x01\x00", 2);

  support::LabeledImages read() const {
    std::ofstream(directory / "train-images-idx3-ubyte", std::ios::binary) << images;
    std::ofstream(directory / "train-labels-idx1-ubyte", std::ios::binary) << labels;
    return support::read_idx_images(std::string(directory / ""), "train", 2);
  }
  std::string refusal() const {
    try {
      read();
    } catch (const unroll::FileError& error) {
      return error.what();
    }
    return "none";
  }
};

void compress(const std::string& path, const std::string& content) {
  const gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, content.data(), static_cast<unsigned>(content.size()));
  gzclose(file);
}

}  // namespace

TEST_CASE("an idx set gives images row by row, and a class for each") {
  const auto images = Set().read();
  CHECK(images.height == 2);
  CHECK(images.width == 3);
  CHECK(images.labels == std::vector<std::uint8_t>{1, 0});
  REQUIRE(images.image(1).size() == 6);
  CHECK(images.image(0)[0] == 1);
  CHECK(images.image(1)[3] == 10);
}

TEST_CASE("an idx set that is compressed gives the same images, and damage to it is found") {
  const Set set;
  const std::string images = set.directory / "t10k-images-idx3-ubyte.gz";
  compress(images, set.images);
  compress(set.directory / "t10k-labels-idx1-ubyte.gz", set.labels);
  const auto read = [&] { return support::read_idx_images(std::string(set.directory / ""), "t10k", 2); };
  CHECK(read().image(1)[3] == 10);

  std::string bytes;
  {
    std::ifstream file(images, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(file), {});
  }
  std::string wrong_sum = bytes;
  wrong_sum[bytes.size() - 8] = static_cast<char>(wrong_sum[bytes.size() - 8] + 1);
  std::ofstream(images, std::ios::binary) << wrong_sum;
  CHECK_THROWS_AS(read(), unroll::FileError);
  std::ofstream(images, std::ios::binary) << bytes.substr(0, bytes.size() - 12);
  CHECK_THROWS_AS(read(), unroll::FileError);
}

TEST_CASE("an idx set that is changed is refused with what is wrong, and a folder without one by name") {
  Set set;
  const std::string whole = set.images;
  SECTION("labels in place of images") {
    set.images = set.labels;
    CHECK_THAT(set.refusal(), Contains("first number is 2049, expected 2051"));
  }
  SECTION("truncated images") {
    set.images.pop_back();
    CHECK_THAT(set.refusal(), Contains("train-images-idx3-ubyte") && Contains("11 bytes where 12 were expected"));
  }
  SECTION("a truncated header") {
    set.images.resize(6);
    CHECK_THAT(set.refusal(), Contains("2 bytes where 4 were expected"));
  }
  SECTION("bytes behind the images") {
    set.images += 'x';
    CHECK_THAT(set.refusal(), Contains("behind the last one"));
  }
  SECTION("no images") {
    set.images = big_endian(0x803) + big_endian(0) + big_endian(2) + big_endian(3);
    CHECK_THAT(set.refusal(), Contains("0 images of 2x3 pixels, expected at least one"));
  }
  SECTION("more images than any memory holds") {
    set.images = big_endian(0x803) + big_endian(0xFFFFFFFF) + big_endian(4096) + big_endian(4096);
    CHECK_THAT(set.refusal(), Contains("4294967295 images"));
  }
  SECTION("a label too few") {
    set.labels = big_endian(0x801) + big_endian(1) + std::string("\x01", 1);
    CHECK_THAT(set.refusal(), Contains("1 labels, expected one for each of the 2 images"));
  }
  SECTION("a label outside the set") {
    set.labels.back() = 2;
    CHECK_THAT(set.refusal(), Contains("label 2 of image 1, expected one from 0 to 1"));
  }
  SECTION("no file") {
    CHECK_THROWS_WITH(support::read_idx_images("/nowhere", "train", 2), Contains("/nowhere/train"));
  }
}

TEST_CASE("compressed idx files that were cut off anywhere are refused, however large they are") {
  for (const std::size_t count : {1U, 257U, 4000U}) {
    std::string pixels, classes;
    for (std::size_t i = 0; i < count * 64; ++i)
      pixels += static_cast<char>(i * i % 251);  // more than a buffer of zlib
    for (std::size_t i = 0; i < count; ++i) classes += static_cast<char>(i % 2);
    const auto number = static_cast<unsigned>(count);
    const TemporaryDirectory directory;
    const std::string images = (directory / "train-images-idx3-ubyte.gz").string();
    compress(images, big_endian(0x803) + big_endian(number) + big_endian(8) + big_endian(8) + pixels);
    compress((directory / "train-labels-idx1-ubyte.gz").string(), big_endian(0x801) + big_endian(number) + classes);
    const auto read = [&] { return support::read_idx_images(std::string(directory / ""), "train", 2); };
    CHECK(read().count() == count);
    const auto whole = std::filesystem::file_size(images);
    for (const std::uintmax_t cut : {1, 4, 7, 8, 9, 20}) {
      CAPTURE(count, cut);
      std::filesystem::resize_file(images, whole - cut);
      CHECK_THROWS_AS(read(), unroll::FileError);
      compress(images, big_endian(0x803) + big_endian(number) + big_endian(8) + big_endian(8) + pixels);
    }
    std::ofstream(images, std::ios::app) << "more";
    CHECK_THROWS_AS(read(), unroll::FileError);
  }
}
