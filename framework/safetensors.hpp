#pragma once

#include <unroll/framework/safetensors_header.hpp>
#include <unroll/framework/tensor.hpp>

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

const Shape& shape_of(const StoredTensor& tensor);
Dtype dtype_of(const StoredTensor& tensor);

/// The content of a file: tensors by name, and text by name.
struct SafetensorsFile {
  std::map<std::string, StoredTensor> tensors;
  std::map<std::string, std::string> metadata;
  /// What messages call the file.
  std::string source = "safetensors";

  /// A copy of the tensor `name` as `Scalar`. float and double are converted to each other, and integers to types
  /// that hold each of theirs (U8 to all, I32 to int64_t); nothing else is. Throws FileError when there is no such
  /// tensor, naming those that there are, or when it holds another type.
  template <class Scalar>
  Tensor<Scalar> get(std::string_view name) const;
};

/// The metadata key under which write_safetensors keeps a CRC-32 of the header and the data. The format has no
/// checksum of its own, and without one a flipped bit in a weight is never noticed. Readers check and remove it.
constexpr std::string_view checksum_key = "unroll.crc32";

/// The metadata key by which a file says that write_safetensors wrote it, so that one that has lost its checksum is not
/// taken for another program's. Readers refuse any metadata under names that begin with "unroll." when there is no
/// checksum, and remove this. (Files of before it was written have the checksum alone.)
constexpr std::string_view writer_key = "unroll.format";

/// Reads a whole file. Everything that can be checked is checked before memory is taken for the numbers. Throws
/// IoError when the file cannot be read, and FileError, saying what is wrong where, when it is not a safetensors file,
/// is cut short, does not match its checksum, or is ours (see writer_key) and has none.
SafetensorsFile read_safetensors(const std::filesystem::path& path);
/// The same from memory; `source` is what messages call it, at most 100 bytes of it.
SafetensorsFile parse_safetensors(std::span<const std::byte> bytes, std::string_view source = "safetensors");

/// Reads names, types, shapes and metadata only, however large the file. The checksum must be there where a file is
/// ours, and is not verified.
SafetensorsHeader read_safetensors_header(const std::filesystem::path& path);

/// Writes a file, atomically (see atomic_file.hpp). The widest types come first, each type sorted by name, so that
/// every tensor is aligned and the same content gives the same bytes. Throws IoError; throws ArgumentError for a name
/// that is empty, too long or has control characters, and for text that is not UTF-8, before anything is written.
void write_safetensors(const std::filesystem::path& path, const SafetensorsFile& file);

}  // namespace unroll::inline v0
