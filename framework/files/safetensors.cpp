#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/files/atomic_file.hpp>
#include <unroll/framework/files/foreign_format.hpp>
#include <unroll/framework/files/half_precision.hpp>
#include <unroll/framework/files/input_file.hpp>
#include <unroll/framework/files/safetensors.hpp>

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace unroll::inline v0 {

static_assert(std::endian::native == std::endian::little, "safetensors files are little-endian: swap the bytes here");

namespace {

constexpr std::uint64_t prefix_bytes = 8;  // the length of the header

/// CRC-32 (ISO 3309) of all bytes added, in order. It begins with the header without the checksum's own entry, so that
/// names, shapes and metadata are guarded too.
class Checksum {
 public:
  // Sorted by name: tensors without numbers begin at the same byte of the data, which does not give them an order.
  explicit Checksum(SafetensorsHeader header) {
    std::ranges::sort(header.tensors, {}, &TensorEntry::name);
    const std::string text = header_text(header);
    add(std::as_bytes(std::span(text)));
  }
  void add(std::span<const std::byte> bytes) {
    if (bytes.empty()) return;  // zlib begins anew when it gets a null pointer
    sum_ = ::crc32_z(sum_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  }
  std::string text() const { return fmt::format("{:08x}", sum_); }

 private:
  unsigned long sum_ = ::crc32_z(0, nullptr, 0);
};

/// The source of a file's bytes: memory or a disk.
struct Source {
  std::string name;
  std::uint64_t size;
  std::function<void(std::uint64_t offset, std::span<std::byte> bytes)> read;
};

/// Refuses a file of another format by name; otherwise its first bytes would be read as a length.
void refuse_foreign_format(const Source& source) {
  std::string beginning(std::min<std::uint64_t>(source.size, detail::foreign_format_bytes), '\0');
  source.read(0, std::as_writable_bytes(std::span(beginning)));
  if (const auto format = detail::foreign_format(beginning); !format.empty())
    throw FileError(fmt::format("{}: it is {}", source.name, format));
}

struct Opened {
  SafetensorsHeader header;  // without the checksum
  std::optional<std::string> checksum;
  std::uint64_t data_begin;
};

constexpr std::string_view own_prefix = "unroll.";  // the names of our metadata begin with it

/// Refuses a file of ours without a checksum, which must not pass as a file that never had one. A file is ours when its
/// metadata have a name of ours. A name that differs from the checksum's by a byte or two is the checksum's, damaged.
void refuse_lost_checksum(const SafetensorsHeader& header, const std::string& source) {
  for (const auto& [name, text] : header.metadata) {
    if (name.starts_with(own_prefix))
      throw FileError(
          fmt::format("{}: the metadata {} say that unroll wrote the file, and then there is a checksum under {}, but "
                      "there is none (was the header edited, or damaged? a program that changes our files must remove "
                      "all metadata that begin with {})",
                      source, quoted(name), quoted(checksum_key), quoted(own_prefix)));
    if (name.size() != checksum_key.size()) continue;
    std::size_t different = 0;
    for (std::size_t i = 0; i < name.size(); ++i) different += name[i] != checksum_key[i];
    if (different <= 2)
      throw FileError(fmt::format("{}: the file is damaged: it has no checksum under {}, but {} looks like one", source,
                                  quoted(checksum_key), quoted(name)));
  }
}

// Compares sizes with the bytes that are left and never adds them up: a sum could wrap around.
Opened open_header(const Source& source) {
  refuse_foreign_format(source);
  const auto fail = [&](const std::string& what) {
    throw FileError(fmt::format("{}: {}; it is cut short, or no safetensors file", source.name, what));
  };
  if (source.size < prefix_bytes)
    fail(fmt::format("has {}, expected at least {}", counted(source.size, "byte"), prefix_bytes));
  std::uint64_t length = 0;
  source.read(0, std::as_writable_bytes(std::span(&length, 1)));
  if (length > max_header_bytes)
    fail(fmt::format("announces a header of {} bytes, expected at most {}", length, max_header_bytes));
  if (length > source.size - prefix_bytes)
    fail(fmt::format("announces a header of {}, but {} follow", counted(length, "byte"),
                     counted(source.size - prefix_bytes, "byte")));

  std::string text(length, '\0');
  source.read(prefix_bytes, std::as_writable_bytes(std::span(text)));
  const std::uint64_t data_begin = prefix_bytes + length;
  Opened opened{parse_header(text, source.size - data_begin, source.name), std::nullopt, data_begin};
  if (auto checksum = opened.header.metadata.extract(std::string(checksum_key)))
    opened.checksum = std::move(checksum.mapped());
  else
    refuse_lost_checksum(opened.header, source.name);
  return opened;
}

/// Reads tensors one after the other, and adds their bytes to the checksum.
class DataReader {
 public:
  DataReader(const Source& source, const Opened& opened)
      : source_(source), data_begin_(opened.data_begin), checksum_(opened.header) {}

  StoredTensor read(const TensorEntry& entry) {
    switch (entry.dtype) {
      case Dtype::f64:
        return numbers<double>(entry);
      case Dtype::i64:
        return numbers<std::int64_t>(entry);
      case Dtype::u64:
        return numbers<std::uint64_t>(entry);
      case Dtype::f32:
        return numbers<float>(entry);
      case Dtype::i32:
        return numbers<std::int32_t>(entry);
      case Dtype::f16:
        return widened(numbers<std::uint16_t>(entry), detail::from_half);
      case Dtype::bf16:
        return widened(numbers<std::uint16_t>(entry), detail::from_bfloat);
      case Dtype::u8:
        return numbers<std::uint8_t>(entry);
    }
    throw FileError(fmt::format("{}: tensor {} has no type", source_.name, quoted(entry.name)));
  }
  std::string checksum() const { return checksum_.text(); }

 private:
  template <class Number>
  Tensor<Number> numbers(const TensorEntry& entry) {
    Tensor<Number> tensor = with_memory<Number>(entry);
    const auto bytes = std::as_writable_bytes(tensor.values());
    source_.read(data_begin_ + entry.begin, bytes);
    checksum_.add(bytes);
    return tensor;
  }
  // A sparse file may be consistent and yet larger than any memory.
  template <class Number>
  Tensor<Number> with_memory(const TensorEntry& entry) const try {
    return Tensor<Number>(entry.shape);
  } catch (const std::exception&) {
    throw FileError(fmt::format("{}: tensor {} needs {} bytes, more memory than there is", source_.name,
                                quoted(entry.name), entry.end - entry.begin));
  }
  static Tensor<float> widened(const Tensor<std::uint16_t>& narrow, float (*widen)(std::uint16_t)) {
    Tensor<float> wide(narrow.shape());
    std::transform(narrow.begin(), narrow.end(), wide.begin(), widen);
    return wide;
  }

  const Source& source_;
  std::uint64_t data_begin_;
  Checksum checksum_;
};

SafetensorsFile read_all(const Source& source) {
  Opened opened = open_header(source);
  DataReader reader(source, opened);
  SafetensorsFile file{{}, {}, source.name};
  for (const TensorEntry& entry : opened.header.tensors) file.tensors.emplace(entry.name, reader.read(entry));
  if (opened.checksum && *opened.checksum != reader.checksum())
    throw FileError(
        fmt::format("{}: the file is damaged: its checksum is {}, expected {} (or a program has changed it "
                    "and kept the metadata {})",
                    source.name, reader.checksum(), quoted(*opened.checksum), quoted(checksum_key)));
  file.metadata = std::move(opened.header.metadata);
  file.metadata.erase(std::string(writer_key));  // after the check, since the checksum covers it
  return file;
}

Source source_of(const InputFile& file) {
  return {quoted(file.path()), file.size(), [&file](auto offset, auto bytes) { file.read(offset, bytes); }};
}

std::span<const std::byte> bytes_of(const StoredTensor& tensor) {
  return std::visit([](const auto& values) { return std::as_bytes(values.values()); }, tensor);
}

/// The tensors in the order in which they are written.
std::vector<const std::pair<const std::string, StoredTensor>*> in_file_order(const SafetensorsFile& file) {
  std::vector<const std::pair<const std::string, StoredTensor>*> order;
  for (const auto& named : file.tensors) order.push_back(&named);
  std::ranges::stable_sort(order, std::greater{}, [](const auto* named) { return bytes_of(dtype_of(named->second)); });
  return order;
}

/// Calls write(pieces) with the bytes of a file, piece by piece.
void with_pieces(const SafetensorsFile& file, const auto& write) {
  const auto order = in_file_order(file);
  SafetensorsHeader header{{}, file.metadata};
  header.metadata.erase(std::string(checksum_key));
  header.metadata[std::string(writer_key)] = "1";
  std::uint64_t position = 0;
  for (const auto* named : order) {
    const std::uint64_t begin = std::exchange(position, position + bytes_of(named->second).size());
    header.tensors.push_back({named->first, dtype_of(named->second), shape_of(named->second), begin, position});
  }
  Checksum checksum(header);
  for (const auto* named : order) checksum.add(bytes_of(named->second));
  header.metadata.emplace(checksum_key, checksum.text());

  std::string text = header_text(header);
  text.resize((text.size() + 7) / 8 * 8, ' ');  // the data then begin at a multiple of 8
  if (text.size() > max_header_bytes)
    throw ArgumentError(fmt::format("safetensors: names and metadata take {} bytes, at most {} go into a file",
                                    text.size(), max_header_bytes));
  const std::uint64_t length = text.size();
  std::vector<std::span<const std::byte>> pieces{std::as_bytes(std::span(&length, 1)), std::as_bytes(std::span(text))};
  for (const auto* named : order) pieces.push_back(bytes_of(named->second));
  write(pieces);
}

}  // namespace

Dtype dtype_of(const StoredTensor& tensor) {
  constexpr std::array by_alternative{Dtype::f32, Dtype::f64, Dtype::i64, Dtype::i32, Dtype::u8, Dtype::u64};
  static_assert(by_alternative.size() == std::variant_size_v<StoredTensor>);
  return by_alternative[tensor.index()];
}

template <class Scalar>
Tensor<Scalar> SafetensorsFile::get(std::string_view name) const {
  const auto found = tensors.find(std::string(name));
  if (found == tensors.end()) {
    std::vector<std::string> names;
    for (const auto& [known, tensor] : tensors) names.push_back(quoted(known));
    throw FileError(fmt::format("{}: there is no tensor {}; it has {}", source, quoted(name),
                                names.empty() ? "none" : listed(names)));
  }
  const auto convert = [&]<class From>(const Tensor<From>& values) -> Tensor<Scalar> {
    constexpr bool both_floating = std::is_floating_point_v<From> && std::is_floating_point_v<Scalar>;
    constexpr bool both_integral = std::is_integral_v<From> && std::is_integral_v<Scalar>;
    constexpr bool keeps_signs = std::is_signed_v<Scalar> || std::is_unsigned_v<From>;
    constexpr bool is_as_wide = std::numeric_limits<From>::digits <= std::numeric_limits<Scalar>::digits;
    if constexpr (both_floating || (both_integral && keeps_signs && is_as_wide)) return cast<Scalar>(values);
    throw FileError(fmt::format("{}: tensor {} holds {}, which cannot be taken as {}", source, quoted(name),
                                to_string(dtype_of(found->second)), to_string(dtype_of(Tensor<Scalar>()))));
  };
  return std::visit(convert, found->second);
}

SafetensorsFile read_safetensors(const std::filesystem::path& path) {
  const InputFile file(path);
  return read_all(source_of(file));
}

SafetensorsFile parse_safetensors(std::span<const std::byte> bytes, std::string_view source) {
  return read_all({printable(source), bytes.size(), [bytes](std::uint64_t offset, std::span<std::byte> to) {
                     std::ranges::copy(bytes.subspan(offset, to.size()), to.begin());
                   }});
}

SafetensorsHeader read_safetensors_header(const std::filesystem::path& path) {
  const InputFile file(path);
  SafetensorsHeader header = open_header(source_of(file)).header;
  header.metadata.erase(std::string(writer_key));
  return header;
}

void write_safetensors(const std::filesystem::path& path, const SafetensorsFile& file) {
  with_pieces(file, [&](const auto& pieces) { write_atomically(path, pieces); });
}

std::string format_safetensors(const SafetensorsFile& file) {
  std::string bytes;
  with_pieces(file, [&](const auto& pieces) {
    for (const auto piece : pieces) bytes.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  });
  return bytes;
}

template Tensor<float> SafetensorsFile::get(std::string_view) const;
template Tensor<double> SafetensorsFile::get(std::string_view) const;
template Tensor<std::int64_t> SafetensorsFile::get(std::string_view) const;
template Tensor<std::uint64_t> SafetensorsFile::get(std::string_view) const;
template Tensor<std::int32_t> SafetensorsFile::get(std::string_view) const;
template Tensor<std::uint8_t> SafetensorsFile::get(std::string_view) const;

}  // namespace unroll::inline v0
