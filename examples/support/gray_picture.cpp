#include "support/gray_picture.hpp"

#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>

#include <fmt/format.h>
#include <png.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace support {

namespace {

using unroll::FileError, unroll::quoted;

constexpr std::size_t longest_side = 16384;  // pixels

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& what) {
  throw FileError(fmt::format("{}: {}", quoted(path.string()), what));
}

void expect_size(const std::filesystem::path& path, std::size_t height, std::size_t width) {
  if (height == 0 || width == 0 || height > longest_side || width > longest_side)
    refuse(path, fmt::format("{}x{} pixels, expected 1 to {} a side", height, width, longest_side));
}

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(file), {}};
  if (!file.is_open() || file.bad() || std::filesystem::is_directory(path))
    throw unroll::IoError(fmt::format("{}: cannot be read: is it there, and a file?", quoted(path.string())));
  return content;
}

/// libpng's errors end its functions by longjmp, except in this simple interface, which returns 0.
GrayPicture read_png(const std::filesystem::path& path, const std::string& content) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  const auto fail = [&] {
    const std::string reason(static_cast<const char*>(image.message));
    png_image_free(&image);
    refuse(path, "no PNG that can be read: " + reason);
  };
  if (png_image_begin_read_from_memory(&image, content.data(), content.size()) == 0) fail();
  if (image.height > longest_side || image.width > longest_side) {
    png_image_free(&image);
    expect_size(path, image.height, image.width);
  }
  image.format = PNG_FORMAT_GRAY;
  GrayPicture picture{image.height, image.width, std::vector<std::uint8_t>(PNG_IMAGE_SIZE(image))};
  const png_color black{0, 0, 0};
  if (png_image_finish_read(&image, &black, picture.pixels.data(), 0, nullptr) == 0) fail();
  return picture;
}

/// What stands in a PGM: numbers as text, between blanks and comments, and in a P5 bytes behind them.
class PgmText {
 public:
  PgmText(const std::filesystem::path& path, std::string_view text) : path_(path), text_(text) {}

  std::size_t number(std::size_t most) {
    skip_blanks();
    std::size_t number = 0, digits = 0;
    for (; at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0; ++at_, ++digits) {
      number = 10 * number + static_cast<std::size_t>(text_[at_] - '0');
      if (number > most) refuse_here(fmt::format("a number above {}, the greatest that is expected there", most));
    }
    if (digits == 0) refuse_here(at_ == text_.size() ? "the file ends where a number was expected" : "no number");
    return number;
  }
  /// The bytes behind the one blank that ends the header.
  std::string_view bytes() const { return text_.substr(std::min(at_ + 1, text_.size())); }

 private:
  void skip_blanks() {
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '#') at_ = std::min(text_.find('\n', at_), text_.size() - 1);
      if (std::isspace(static_cast<unsigned char>(text_[at_])) == 0) return;
    }
  }
  [[noreturn]] void refuse_here(const std::string& what) const {
    const auto line = 1 + std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at_), '\n');
    throw FileError(fmt::format("{}, line {}: {}", quoted(path_.string()), line, what));
  }

  const std::filesystem::path& path_;
  std::string_view text_;
  std::size_t at_ = 2;  // behind P2 or P5
};

GrayPicture read_pgm(const std::filesystem::path& path, std::string_view content) {
  PgmText text(path, content);
  GrayPicture picture;
  picture.width = text.number(1000000), picture.height = text.number(1000000);
  expect_size(path, picture.height, picture.width);
  const std::size_t white = text.number(65535), size = picture.height * picture.width;
  if (white == 0) refuse(path, "its greatest number is 0, expected 1 to 65535");
  const auto shade = [&](std::size_t number) { return static_cast<std::uint8_t>((255 * number + white / 2) / white); };
  const bool is_text = content[1] == '2';
  const std::size_t width = white < 256 ? 1 : 2;  // bytes of a number in a P5
  const std::string_view bytes = text.bytes();
  if (!is_text && bytes.size() < size * width)
    refuse(path, fmt::format("{} bytes of pixels, expected {}: the file is truncated", bytes.size(), size * width));
  for (std::size_t i = 0; i < size; ++i) {
    std::size_t number = 0;
    for (std::size_t byte = 0; byte < width && !is_text; ++byte)
      number = 256 * number + static_cast<unsigned char>(bytes[i * width + byte]);
    if (is_text) number = text.number(white);
    if (number > white) refuse(path, fmt::format("pixel {} is {}, expected at most {}", i, number, white));
    picture.pixels.push_back(shade(number));
  }
  return picture;
}

}  // namespace

GrayPicture read_gray_picture(const std::filesystem::path& path) {
  const std::string content = content_of(path);
  if (content.starts_with("\x89PNG")) return read_png(path, content);
  if (content.starts_with("P2") || content.starts_with("P5")) return read_pgm(path, content);
  refuse(path, "neither a PNG nor a PGM (P2, P5) by its first bytes");
}

GrayPicture scaled(const GrayPicture& picture, std::size_t height, std::size_t width) {
  if (height == 0 || width == 0 || picture.height * width != picture.width * height)
    throw unroll::ArgumentError(
        fmt::format("a picture of {}x{} pixels (height x width), expected the proportion of {}x{}: cut it first, so "
                    "that it is not distorted",
                    picture.height, picture.width, height, width));
  if (height == picture.height) return picture;
  const double step = static_cast<double>(picture.height) / static_cast<double>(height);
  GrayPicture result{height, width, {}};
  // How much of pixel `from` lies within pixel `to` of the new size, along one axis.
  const auto covered = [&](std::size_t from, std::size_t to) {
    const auto low = static_cast<double>(from), begin = static_cast<double>(to) * step;
    return std::max(0.0, std::min(low + 1, begin + step) - std::max(low, begin));
  };
  const auto first = [&](std::size_t to) { return static_cast<std::size_t>(static_cast<double>(to) * step); };
  for (std::size_t y = 0; y < height; ++y)
    for (std::size_t x = 0; x < width; ++x) {
      double sum = 0;
      for (std::size_t i = first(y); i < std::min(first(y + 1) + 1, picture.height); ++i)
        for (std::size_t j = first(x); j < std::min(first(x + 1) + 1, picture.width); ++j)
          sum += covered(i, y) * covered(j, x) * picture.pixels[i * picture.width + j];
      result.pixels.push_back(static_cast<std::uint8_t>(std::lround(sum / (step * step))));
    }
  return result;
}

}  // namespace support
