#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace support {

/// Gray images of one size and the class of each, as MNIST's idx files have them.
struct LabeledImages {
  std::size_t height = 0, width = 0;  // in pixels
  std::vector<std::uint8_t> pixels;   // [images, height, width]; 0 is the background
  std::vector<std::uint8_t> labels;   // [images], counted from 0

  std::size_t count() const { return labels.size(); }
  std::span<const std::uint8_t> image(std::size_t index) const {
    return {pixels.data() + index * height * width, height * width};
  }
};

/// Reads DIR/SET-images-idx3-ubyte and DIR/SET-labels-idx1-ubyte; where such a file is not there, the one with .gz
/// behind its name. Throws unroll::IoError when neither can be read, and unroll::FileError for a file of another kind,
/// one that ends too early or goes on, images without pixels, a set without images, another number of labels than of
/// images, and a label that is not below `classes`.
LabeledImages read_idx_images(const std::filesystem::path& directory, const char* set, std::size_t classes);

}  // namespace support
