#pragma once

#include "support/temporary_directory.hpp"

#include <fstream>

/// A safetensors file with one float tensor "w" of `bytes` bytes, all zero, which takes no room on the disk.
inline std::filesystem::path sparse_file(const TemporaryDirectory& directory, std::uint64_t bytes) {
  const auto path = directory / "sparse";
  const std::string header = R"({"w":{"dtype":"F32","shape":[)" + std::to_string(bytes / 4) + R"(],"data_offsets":[0,)"
                             + std::to_string(bytes) + "]}}";
  std::ofstream(path, std::ios::binary) << static_cast<char>(header.size()) << std::string(7, '\0') << header;
  std::filesystem::resize_file(path, 8 + header.size() + bytes);
  return path;
}
