#include "support/catch.hpp"
#include "support/gray_picture.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/errors/error.hpp>

#include <png.h>

#include <filesystem>
#include <fstream>
#include <string>

using Catch::Contains;
using support::GrayPicture;
using Pixels = std::vector<std::uint8_t>;

namespace {

GrayPicture picture_of(const std::string& content) {
  const TemporaryDirectory directory;
  std::ofstream(directory / "picture", std::ios::binary) << content;
  return support::read_gray_picture(std::string(directory / "picture"));
}

std::string refusal_of(const std::string& content) {
  try {
    picture_of(content);
  } catch (const unroll::FileError& error) {
    return error.what();
  }
  return "none";
}

/// A PNG of 2x1 pixels.
std::string png(png_uint_32 format, const Pixels& pixels) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION, image.width = 2, image.height = 1, image.format = format;
  std::string content(1000, 0);
  png_alloc_size_t size = content.size();
  REQUIRE(png_image_write_to_memory(&image, content.data(), &size, 0, pixels.data(), 0, nullptr) != 0);
  content.resize(size);
  return content;
}

}  // namespace

TEST_CASE("a PGM of text and one of bytes give the shades that they say, with white at 255") {
  const GrayPicture text = picture_of("P2 # a comment\n3 2\n#another\n10\n0 5 10\n10 0 1\n");
  CHECK(text.width == 3);
  CHECK(text.height == 2);
  CHECK(text.pixels == Pixels{0, 128, 255, 255, 0, 26});
  CHECK(picture_of("P5\n2 1\n255\n\x07\xff").pixels == Pixels{7, 255});
  CHECK(picture_of(std::string("P5 2 1 65535\n\xff\xff\x80\x00", 17)).pixels == Pixels{255, 128});
}

TEST_CASE("a PNG gives its shades, colors become gray, and what is transparent black") {
  CHECK(picture_of(png(PNG_FORMAT_GRAY, {3, 200})).pixels == Pixels{3, 200});
  CHECK(picture_of(png(PNG_FORMAT_RGB, {255, 255, 255, 0, 0, 0})).pixels == Pixels{255, 0});
  CHECK(picture_of(png(PNG_FORMAT_RGBA, {255, 255, 255, 0, 255, 255, 255, 255})).pixels == Pixels{0, 255});
}

TEST_CASE("a picture that is none is refused, with what is wrong") {
  CHECK_THAT(refusal_of("GIF89a"), Contains("neither a PNG nor a PGM"));
  CHECK_THAT(refusal_of(""), Contains("neither a PNG nor a PGM"));
  CHECK_THAT(refusal_of(png(PNG_FORMAT_GRAY, {3, 200}).substr(0, 40)), Contains("no PNG that can be read"));
  CHECK_THAT(refusal_of("P2\n2 1\n9\n1"), Contains("line 4: the file ends where a number was expected"));
  CHECK_THAT(refusal_of("P2\n2 1\n9\n1 x"), Contains("line 4: no number"));
  CHECK_THAT(refusal_of("P2\n2 1\n9\n1 10\n"), Contains("line 4: a number above 9"));
  CHECK_THAT(refusal_of("P2\n0 1\n9\n"), Contains("1x0 pixels, expected 1 to 16384 a side"));
  CHECK_THAT(refusal_of("P2\n1 1\n0\n0"), Contains("its greatest number is 0"));
  CHECK_THAT(refusal_of("P5\n2 2\n255\nabc"), Contains("3 bytes of pixels, expected 4"));
  CHECK_THAT(refusal_of("P5\n2 1\n100\nz\xff"), Contains("pixel 0 is 122, expected at most 100"));
  CHECK_THROWS_AS(support::read_gray_picture("/nowhere.png"), unroll::IoError);
}

TEST_CASE("a scaled picture has the means of what its pixels cover") {
  const GrayPicture four{4, 4, {0, 4, 8, 8, 0, 4, 8, 8, 1, 1, 100, 200, 1, 1, 100, 200}};
  CHECK(scaled(four, 2, 2).pixels == Pixels{2, 8, 1, 150});
  const GrayPicture three{3, 3, {90, 90, 90, 90, 0, 90, 90, 90, 90}};
  CHECK(scaled(three, 2, 2).pixels == Pixels(4, 80));  // each covers 2.25 pixels, and a quarter of the dark one
  CHECK(support::scaled({1, 1, {7}}, 3, 3).pixels == Pixels(9, 7));
  CHECK(scaled(three, 3, 3).pixels == three.pixels);
  CHECK_THROWS_WITH(scaled(four, 2, 3), Contains("4x4") && Contains("2x3"));
}
