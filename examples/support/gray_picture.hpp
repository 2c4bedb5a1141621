#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace support {

/// A picture in shades of gray, 0 being black and 255 white.
struct GrayPicture {
  std::size_t height = 0, width = 0;
  std::vector<std::uint8_t> pixels;  // [height, width]
};

/// Reads a PNG of any kind, whose colors become gray and whose transparent parts black, or a PGM (P2 or P5), with at
/// most 16384 pixels a side. Throws unroll::IoError when the file cannot be read, and unroll::FileError for a file of
/// another kind, one that is truncated, a number that is none or above the greatest, and a picture without pixels.
GrayPicture read_gray_picture(const std::filesystem::path& path);

/// The picture in another size: a pixel is the mean of what it covers. Throws unroll::ArgumentError when the new sides
/// have another proportion, which would distort what the picture shows, or a side of 0.
GrayPicture scaled(const GrayPicture& picture, std::size_t height, std::size_t width);

}  // namespace support
