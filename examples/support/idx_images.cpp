#include "support/idx_images.hpp"

#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>

#include <fmt/format.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

namespace support {

namespace {

using unroll::FileError, unroll::quoted;

constexpr std::uint32_t magic_of_images = 0x803, magic_of_labels = 0x801;  // unsigned bytes along 3 axes and 1
constexpr std::uint64_t largest_set = std::uint64_t{1} << 30U;             // bytes

/// A file of bytes, with or without gzip's compression: zlib reads both.
class IdxFile {
 public:
  explicit IdxFile(std::filesystem::path path) : path_(std::move(path)), file_(gzopen(path_.c_str(), "rb"), gzclose_r) {
    if (!file_)
      throw unroll::IoError(fmt::format("{}: cannot be read: {}", quoted(path_.string()), std::strerror(errno)));
  }

  std::uint32_t number() {
    const std::vector<std::uint8_t> bytes = read(4);
    return std::uint32_t{bytes[0]} << 24U | std::uint32_t{bytes[1]} << 16U | std::uint32_t{bytes[2]} << 8U | bytes[3];
  }
  std::vector<std::uint8_t> read(std::uint64_t size) {
    std::vector<std::uint8_t> bytes(size);
    const int got = gzread(file_.get(), bytes.data(), static_cast<unsigned>(size));
    if (got >= 0 && static_cast<std::uint64_t>(got) == size && !is_damaged()) return bytes;
    refuse(fmt::format("{} bytes where {} were expected: the file is truncated, or its compressed data are damaged",
                       got < 0 ? 0 : got, size));
  }
  void expect_magic(std::uint32_t expected) {
    const std::uint32_t found = number();
    if (found != expected)
      refuse(fmt::format("its first number is {}, expected {}: this is no idx file of {}", found, expected,
                         expected == magic_of_images ? "images" : "labels"));
  }
  /// zlib checks the sum of compressed data when it reaches their end.
  void expect_end() {
    std::uint8_t byte = 0;
    if (gzread(file_.get(), &byte, 1) != 0)
      refuse("there are bytes behind the last one, or the sum of its compressed data is wrong: the file is damaged");
  }
  [[noreturn]] void refuse(const std::string& what) const {
    throw FileError(fmt::format("{}: {}", quoted(path_.string()), what));
  }

 private:
  bool is_damaged() const {
    int error = Z_OK;
    gzerror(file_.get(), &error);
    return error != Z_OK && error != Z_STREAM_END;
  }

  std::filesystem::path path_;
  std::unique_ptr<gzFile_s, int (*)(gzFile)> file_;
};

std::filesystem::path plain_or_compressed(const std::filesystem::path& plain) {
  if (std::filesystem::exists(plain)) return plain;
  const std::filesystem::path compressed = plain.string() + ".gz";
  if (std::filesystem::exists(compressed)) return compressed;
  throw unroll::IoError(fmt::format("{}: no such file, and none with .gz behind it: is this a folder of idx files?",
                                    quoted(plain.string())));
}

void read_images(IdxFile file, LabeledImages& to) {
  file.expect_magic(magic_of_images);
  const std::uint64_t count = file.number();
  to.height = file.number(), to.width = file.number();
  if (count == 0 || to.height == 0 || to.width == 0 || to.height > 4096 || to.width > 4096
      || count > largest_set / (to.height * to.width))
    file.refuse(fmt::format(
        "{} images of {}x{} pixels, expected at least one, of 1 to 4096 pixels a side, and at most {} bytes", count,
        to.height, to.width, largest_set));
  to.pixels = file.read(count * to.height * to.width);
  file.expect_end();
}

void read_labels(IdxFile file, std::size_t images, std::size_t classes, LabeledImages& to) {
  file.expect_magic(magic_of_labels);
  const std::uint32_t count = file.number();
  if (count != images) file.refuse(fmt::format("{} labels, expected one for each of the {} images", count, images));
  to.labels = file.read(count);
  file.expect_end();
  for (std::size_t i = 0; i < count; ++i)
    if (to.labels[i] >= classes)
      file.refuse(fmt::format("label {} of image {}, expected one from 0 to {}", to.labels[i], i, classes - 1));
}

}  // namespace

LabeledImages read_idx_images(const std::filesystem::path& directory, const char* set, std::size_t classes) {
  const std::string name = (directory / set).string();
  LabeledImages images;
  read_images(IdxFile(plain_or_compressed(name + "-images-idx3-ubyte")), images);
  const std::size_t count = images.pixels.size() / (images.height * images.width);
  read_labels(IdxFile(plain_or_compressed(name + "-labels-idx1-ubyte")), count, classes, images);
  return images;
}

}  // namespace support
