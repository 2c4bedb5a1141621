#pragma once

#include <unroll/framework/shape.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// The header of a safetensors file (github.com/huggingface/safetensors): JSON that names each tensor, its element
/// type, its shape and its place in the data that follow.
///
///     {"__metadata__": {"text": "text"}, "weight": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}
namespace unroll::inline v0 {

/// The element types that are read. F16 and BF16 become floats in memory and are never written.
enum class Dtype { f64, i64, u64, f32, i32, f16, bf16, u8 };

/// "F64", as the format spells it.
std::string_view to_string(Dtype dtype);
std::size_t bytes_of(Dtype dtype);

/// What the header says of one tensor. Its bytes are [begin, end) of the data.
struct TensorEntry {
  std::string name;
  Dtype dtype;
  Shape shape;
  std::uint64_t begin, end;
};

struct SafetensorsHeader {
  std::vector<TensorEntry> tensors;  // in the order of their data
  std::map<std::string, std::string> metadata;
};

/// The longest header that the format allows, and our own limits of what a name and a file may be.
constexpr std::uint64_t max_header_bytes = 100'000'000;
constexpr std::size_t max_tensor_name_bytes = 512;
constexpr std::size_t max_tensors = 65536;
constexpr std::size_t max_metadata = 65536;

/// Reads a header that is followed by `data_bytes` of data. Trusts nothing: the JSON must be of the form above, name
/// nothing twice, use whole numbers only, and its tensors must cover the data without hole, overlap or remainder
/// (which keeps a file from being of two formats at once). Afterwards every size fits the data that are there, so that
/// memory can be taken. Throws FileError beginning with `source`, the name of the file.
SafetensorsHeader parse_header(std::string_view json, std::uint64_t data_bytes, std::string_view source);

/// The JSON of a header, without padding. Throws ArgumentError for names and metadata that parse_header would refuse.
std::string header_text(const SafetensorsHeader& header);

}  // namespace unroll::inline v0
