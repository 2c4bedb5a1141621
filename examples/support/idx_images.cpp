#include "support/idx_images.hpp"

#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/files/input_file.hpp>

#include <fmt/format.h>
#include <zlib.h>

#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <utility>

namespace support {

namespace {

using unroll::FileError, unroll::quoted;

constexpr std::uint32_t magic_of_images = 0x803, magic_of_labels = 0x801;  // unsigned bytes along 3 axes and 1
constexpr std::uint64_t largest_set = std::uint64_t{1} << 30U;             // bytes

[[noreturn]] void refuse_idx(const std::filesystem::path& path, const std::string& what) {
  throw FileError(fmt::format("{}: {}", quoted(path.string()), what));
}

/// What a gzip file holds. zlib's gzread would take one whose end, with the sum of its content, is missing.
std::string decompressed(const std::string& bytes, const std::filesystem::path& path) {
  z_stream stream{};
  constexpr int gzip = 16 + MAX_WBITS;
  if (inflateInit2(&stream, gzip) != Z_OK) throw std::bad_alloc();
  const std::unique_ptr<z_stream, int (*)(z_stream*)> ended(&stream, inflateEnd);
  // zlib does not write to its input, but says so only with a macro.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string content, piece(1U << 20U, '\0');
  int state = Z_OK;
  while (state == Z_OK && content.size() <= largest_set) {
    stream.next_out = reinterpret_cast<Bytef*>(piece.data()), stream.avail_out = static_cast<uInt>(piece.size());
    state = inflate(&stream, Z_NO_FLUSH);
    content.append(piece, 0, piece.size() - stream.avail_out);
  }
  if (state != Z_STREAM_END || stream.avail_in > 0)
    refuse_idx(path, "its compressed data are damaged, or truncated, or go on behind their end, or are too many");
  return content;
}

/// The numbers of a file, with or without gzip's compression.
class IdxFile {
 public:
  explicit IdxFile(std::filesystem::path path) : path_(std::move(path)), bytes_(unroll::read_file(path_, largest_set)) {
    if (bytes_.starts_with("\x1f\x8b")) bytes_ = decompressed(bytes_, path_);
  }

  std::uint32_t number() {
    const std::vector<std::uint8_t> bytes = read(4);
    return std::uint32_t{bytes[0]} << 24U | std::uint32_t{bytes[1]} << 16U | std::uint32_t{bytes[2]} << 8U | bytes[3];
  }
  std::vector<std::uint8_t> read(std::uint64_t size) {
    const std::uint64_t left = bytes_.size() - at_;
    if (left < size) refuse(fmt::format("{} bytes where {} were expected: the file is truncated", left, size));
    const auto begin = bytes_.begin() + static_cast<std::ptrdiff_t>(at_);
    at_ += size;
    return {begin, begin + static_cast<std::ptrdiff_t>(size)};
  }
  void expect_magic(std::uint32_t expected) {
    const std::uint32_t found = number();
    if (found != expected)
      refuse(fmt::format("its first number is {}, expected {}: this is no idx file of {}", found, expected,
                         expected == magic_of_images ? "images" : "labels"));
  }
  void expect_end() const {
    if (at_ < bytes_.size()) refuse("there are bytes behind the last one: the file is damaged");
  }
  [[noreturn]] void refuse(const std::string& what) const { refuse_idx(path_, what); }

 private:
  std::filesystem::path path_;
  std::string bytes_;
  std::uint64_t at_ = 0;
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
