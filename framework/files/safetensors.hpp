#pragma once

#include <unroll/framework/files/safetensors_header.hpp>
#include <unroll/framework/tensor/tensor.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>

/// Files of named tensors, in the safetensors format, which PyTorch, JAX and many others read and write.
namespace unroll::inline v0 {

/// A tensor of any type that a file can hold.
using StoredTensor = std::variant<Tensor<float>, Tensor<double>, Tensor<std::int64_t>, Tensor<std::int32_t>,
                                  Tensor<std::uint8_t>, Tensor<std::uint64_t>>;

/// The shape of the tensor, of whatever type.
inline const Shape& shape_of(const StoredTensor& tensor) {
  return std::visit([](const auto& values) -> const Shape& { return values.shape(); }, tensor);
}
Dtype dtype_of(const StoredTensor& tensor);  ///< The type under which it is written.

/// The content of a file: tensors by name, and text by name.
struct SafetensorsFile {
  std::map<std::string, StoredTensor> tensors;  ///< The tensors.
  std::map<std::string, std::string> metadata;  ///< Text that goes with them, such as the options of the model.
  std::string source = "safetensors";           ///< The name of the file in messages.

  /// A copy of the tensor `name` as `Scalar`. It converts float and double to each other, and integers to wider ones.
  /// Throws FileError when there is no such tensor, naming those that there are, or when it holds another type.
  template <class Scalar>
  Tensor<Scalar> get(std::string_view name) const;
};

/// The metadata key under which write_safetensors keeps a CRC-32 of the header and the data. The format has no checksum
/// of its own, and without one no reader would notice a flipped bit in a weight. Readers check and remove it.
constexpr std::string_view checksum_key = "unroll.crc32";

/// The metadata key by which a file says that write_safetensors wrote it. Without it, a file that has lost its checksum
/// would look like one of another program. Readers remove it, and refuse metadata under any name that begins with
/// "unroll." when there is no checksum. (The first files of unroll have the checksum without this key.)
constexpr std::string_view writer_key = "unroll.format";

/// Reads a whole file. It makes every check that it can before it takes memory for the numbers. Throws IoError when the
/// file cannot be read; FileError, with what is wrong and where, when it is not a safetensors file, is cut short, does
/// not match its checksum, or is ours (see writer_key) and has none.
SafetensorsFile read_safetensors(const std::filesystem::path& path);
/// The same from memory. Messages name it by the first 100 bytes of `source`.
SafetensorsFile parse_safetensors(std::span<const std::byte> bytes, std::string_view source = "safetensors");

/// Reads names, types, shapes and metadata only, however large the file is. Throws as read_safetensors does, but does
/// not read the data, so it does not compare them with the checksum.
SafetensorsHeader read_safetensors_header(const std::filesystem::path& path);

/// Writes a file atomically (atomic_file.hpp). The widest types come first, and each type is sorted by name, so that
/// every tensor is aligned and the same content gives the same bytes. Throws IoError; before it writes anything, throws
/// ArgumentError for a name that is empty, too long or has control characters, and for text that is not UTF-8.
void write_safetensors(const std::filesystem::path& path, const SafetensorsFile& file);
/// The bytes of such a file, for parse_safetensors. Throws as write_safetensors does before it writes.
std::string format_safetensors(const SafetensorsFile& file);

}  // namespace unroll::inline v0
