#pragma once

#include <unroll/framework/tensor/shape.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// The header of a safetensors file (github.com/huggingface/safetensors): JSON that names each tensor, its element
/// type, its shape and its bytes in the data that follow.
///
///     {"__metadata__": {"text": "text"}, "weight": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}
namespace unroll::inline v0 {

/// The element types that unroll reads. F16 and BF16 become floats in memory and are never written.
enum class Dtype {
  f64,   ///< double
  i64,   ///< std::int64_t
  u64,   ///< std::uint64_t
  f32,   ///< float
  i32,   ///< std::int32_t
  f16,   ///< IEEE 754 half precision
  bf16,  ///< the upper half of a float
  u8     ///< std::uint8_t
};

std::string_view to_string(Dtype dtype);  ///< "F64", as the format spells it.
std::size_t bytes_of(Dtype dtype);        ///< Bytes of one element in a file.

/// What the header says of one tensor.
struct TensorEntry {
  std::string name;     ///< Its name, at most max_tensor_name_bytes.
  Dtype dtype;          ///< The type of its elements.
  Shape shape;          ///< Its shape.
  std::uint64_t begin,  ///< Its first byte in the data,
      end;              ///< and the byte after its last.
};

/// A whole header.
struct SafetensorsHeader {
  std::vector<TensorEntry> tensors;             ///< In the order of their data.
  std::map<std::string, std::string> metadata;  ///< Text by name.
};

constexpr std::uint64_t max_header_bytes = 100'000'000;  ///< The longest header that the format allows.
constexpr std::size_t max_tensor_name_bytes = 512;       ///< Our limit of a tensor's name.
constexpr std::size_t max_tensors = 65536;               ///< Our limit of tensors in a file.
constexpr std::size_t max_metadata = 65536;              ///< Our limit of metadata in a file.

/// Parses a header that is followed by `data_bytes` of data. It trusts nothing: the JSON must have the form above, no
/// name twice, and whole numbers only, and the tensors must cover the data without gap, overlap or remainder (so that a
/// file cannot be of two formats at once). A header that it returns therefore has sizes that fit the data, and the
/// caller can allocate by them. Throws FileError beginning with `source`, the name of the file.
SafetensorsHeader parse_header(std::string_view json, std::uint64_t data_bytes, std::string_view source);

/// The JSON of a header, without padding. Throws ArgumentError for names and metadata that parse_header would refuse.
std::string header_text(const SafetensorsHeader& header);

}  // namespace unroll::inline v0
