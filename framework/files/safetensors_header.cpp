#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/files/safetensors_header.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>
#include <utility>

namespace unroll::inline v0 {

namespace {

struct DtypeRow {
  Dtype dtype;
  std::string_view name;
  std::size_t bytes;
};
constexpr std::array<DtypeRow, 8> dtypes{{{Dtype::f64, "F64", 8},
                                          {Dtype::i64, "I64", 8},
                                          {Dtype::u64, "U64", 8},
                                          {Dtype::f32, "F32", 4},
                                          {Dtype::i32, "I32", 4},
                                          {Dtype::f16, "F16", 2},
                                          {Dtype::bf16, "BF16", 2},
                                          {Dtype::u8, "U8", 1}}};

constexpr std::string_view metadata_name = "__metadata__";

/// The reason why a header may not have this name; empty when it may. The JSON reader has checked that it is UTF-8.
std::string_view fault_of_name(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name.size() > max_tensor_name_bytes) return "is longer than 512 bytes";
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto byte = static_cast<unsigned char>(name[i]);
    // C2 80 to C2 9F are U+0080 to U+009F, which some terminals take for commands, as they do ESC.
    const bool second_set = byte == 0xc2 && i + 1 < name.size() && static_cast<unsigned char>(name[i + 1]) < 0xa0;
    if (byte < 0x20 || byte == 0x7f || second_set) return "contains a control character";
  }
  return "";
}

bool has_null(std::string_view text) { return text.find('\0') != std::string_view::npos; }

/// One tensor as it stands in the header, not yet checked.
struct RawEntry {
  std::optional<std::string> dtype;
  std::optional<std::vector<std::uint64_t>> shape, data_offsets;
};

/// Receives the header token by token (nlohmann's SAX interface, which prescribes the names of its functions) and
/// accepts a token only where the format allows it. It builds no document, so that its own members bound depth and
/// memory.
class HeaderReader {
 public:
  explicit HeaderReader(std::string_view source) : source_(source) {}

  std::map<std::string, RawEntry> tensors;
  std::map<std::string, std::string> metadata;

  [[noreturn]] void fail(const std::string& what) const {
    throw FileError(fmt::format("{}: header: {}", source_, what));
  }

  bool start_object(std::size_t) {
    if (cursor_ == Cursor::before)
      cursor_ = Cursor::file;
    else if (cursor_ == Cursor::file)
      cursor_ = key_ == metadata_name ? Cursor::metadata : Cursor::tensor;
    else
      unexpected("an object");
    return true;
  }
  bool end_object() {
    cursor_ = cursor_ == Cursor::file ? Cursor::before : Cursor::file;
    return true;
  }

  bool key(std::string& name) {
    if (cursor_ == Cursor::file)
      begin_tensor(name);
    else if (cursor_ == Cursor::metadata)
      begin_metadata(name);
    else
      begin_field(name);
    return true;
  }

  bool string(std::string& text) {
    if (cursor_ == Cursor::metadata) {
      if (has_null(text)) fail(fmt::format("the metadata {} contain a null byte", quoted(key_)));
      metadata[key_] = text;
    } else if (cursor_ == Cursor::tensor && field_ == "dtype") {
      tensors[key_].dtype = text;
    } else {
      unexpected("a string");
    }
    return true;
  }

  bool start_array(std::size_t) {
    if (cursor_ != Cursor::tensor || field_ == "dtype") unexpected("a list");
    cursor_ = Cursor::list;
    list().emplace();
    return true;
  }
  bool end_array() {
    cursor_ = Cursor::tensor;
    return true;
  }
  bool number_unsigned(std::uint64_t number) {
    if (cursor_ != Cursor::list) unexpected("a number");
    if (list()->size() == (field_ == "shape" ? Shape::max_rank : 2))
      fail(fmt::format("tensor {}: more than {} numbers in {}", quoted(key_), list()->size(), field_));
    list()->push_back(number);
    return true;
  }

  bool number_integer(std::int64_t number) { unexpected(fmt::format("the number {}", number)); }
  bool number_float(double, const std::string& text) { unexpected("the number " + printable(text)); }
  bool null() { unexpected("null"); }
  bool boolean(bool) { unexpected("a truth value"); }
  bool binary(nlohmann::json::binary_t&) { unexpected("binary data"); }
  bool parse_error(std::size_t position, const std::string& last, const nlohmann::detail::exception&) {
    fail(fmt::format("is not JSON at byte {}, at {}", position, quoted(last)));
  }

 private:
  enum class Cursor { before, file, metadata, tensor, list };

  [[noreturn]] void unexpected(std::string_view what) const {
    const std::string position = cursor_ == Cursor::before ? "the top" : quoted(key_);
    fail(fmt::format("{} at {}{}{}, where the format has none", what, position, field_.empty() ? "" : ", ", field_));
  }

  void begin_tensor(const std::string& name) {
    if (const auto fault = fault_of_name(name); !fault.empty()) fail(fmt::format("name {} {}", quoted(name), fault));
    const bool first = name == metadata_name ? !std::exchange(has_metadata_, true) : tensors.try_emplace(name).second;
    if (!first) fail(fmt::format("{} is there twice", quoted(name)));
    if (tensors.size() > max_tensors) fail(fmt::format("more than {} tensors", max_tensors));
    key_ = name;
    field_.clear();
  }
  void begin_metadata(const std::string& name) {
    if (has_null(name)) fail(fmt::format("the metadata name {} contains a null byte", quoted(name)));
    if (metadata.size() == max_metadata) fail(fmt::format("more than {} metadata", max_metadata));
    if (metadata.contains(name)) fail(fmt::format("the metadata {} are there twice", quoted(name)));
    key_ = name;
  }
  void begin_field(const std::string& name) {
    const RawEntry& entry = tensors[key_];
    if (name != "dtype" && name != "shape" && name != "data_offsets")
      fail(fmt::format("tensor {}: unknown field {}", quoted(key_), quoted(name)));
    field_ = name;
    if (name == "dtype" ? entry.dtype.has_value() : list().has_value())
      fail(fmt::format("tensor {} has {} twice", quoted(key_), name));
  }
  std::optional<std::vector<std::uint64_t>>& list() {
    RawEntry& entry = tensors[key_];
    return field_ == "shape" ? entry.shape : entry.data_offsets;
  }

  std::string_view source_;
  Cursor cursor_ = Cursor::before;
  std::string key_, field_;
  bool has_metadata_ = false;
};

Dtype dtype_of(const HeaderReader& reader, const std::string& name, const std::string& text) {
  for (const DtypeRow& row : dtypes)
    if (row.name == text) return row.dtype;
  reader.fail(
      fmt::format("tensor {} has dtype {}; those that can be read are F64, F32, F16, BF16, I64, U64, I32 and U8",
                  quoted(name), quoted(text)));
}

/// The fields of one tensor, with the types that they must have. expect_cover checks afterwards that its size fits.
TensorEntry to_entry(const HeaderReader& reader, const std::string& name, const RawEntry& raw) {
  const bool complete = raw.dtype && raw.shape && raw.data_offsets && raw.data_offsets->size() == 2;
  if (!complete) reader.fail(fmt::format("tensor {} needs dtype, shape and two data_offsets", quoted(name)));
  const Dtype dtype = dtype_of(reader, name, *raw.dtype);
  std::uint64_t bytes = bytes_of(dtype);
  bool fits = true;
  for (const std::uint64_t extent : *raw.shape)
    fits = fits && (extent == 0 || !__builtin_mul_overflow(bytes, extent, &bytes));  // as Shape counts
  if (!fits)
    reader.fail(fmt::format("tensor {}: shape [{}] has more bytes than can be counted", quoted(name),
                            fmt::join(*raw.shape, ", ")));
  const std::vector<std::size_t> extents(raw.shape->begin(), raw.shape->end());
  return {name, dtype, Shape(extents), (*raw.data_offsets)[0], (*raw.data_offsets)[1]};
}

/// Goes through the tensors in the order of their data. Each must begin where the one before ended, and have as many
/// bytes as its shape says; the last must end where the data end.
void expect_cover(const HeaderReader& reader, const std::vector<TensorEntry>& tensors, std::uint64_t data_bytes) {
  std::uint64_t position = 0;
  for (const TensorEntry& tensor : tensors) {
    const auto placed =
        fmt::format("tensor {} lies at bytes {} to {} of the data", quoted(tensor.name), tensor.begin, tensor.end);
    if (tensor.end < tensor.begin) reader.fail(placed + ", which is backwards");
    if (tensor.begin != position)
      reader.fail(fmt::format("{}, expected to begin at {}: the tensors {}", placed, position,
                              tensor.begin < position ? "overlap" : "leave a hole"));
    const std::uint64_t expected = tensor.shape.size() * bytes_of(tensor.dtype);
    if (tensor.end - tensor.begin != expected)
      reader.fail(fmt::format("{}, but {} {} needs {}", placed, to_string(tensor.dtype), to_string(tensor.shape),
                              counted(expected, "byte")));
    position = tensor.end;
  }
  if (position != data_bytes)
    reader.fail(fmt::format("the tensors take {}, but the file has {} of data: {}", counted(position, "byte"),
                            counted(data_bytes, "byte"),
                            position > data_bytes ? "the file is cut short" : "something was added to the file"));
}

}  // namespace

std::string_view to_string(Dtype dtype) { return dtypes[static_cast<std::size_t>(dtype)].name; }
std::size_t bytes_of(Dtype dtype) { return dtypes[static_cast<std::size_t>(dtype)].bytes; }

SafetensorsHeader parse_header(std::string_view json, std::uint64_t data_bytes, std::string_view source) {
  HeaderReader reader(source);
  // nlohmann takes a null byte for the end of the text, and steps over a byte order mark.
  if (has_null(json)) reader.fail("contains a null byte");
  const std::size_t first = json.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || json[first] != '{') reader.fail("does not begin with '{'");
  nlohmann::json::sax_parse(json, &reader);

  SafetensorsHeader header{{}, std::move(reader.metadata)};
  for (const auto& [name, raw] : reader.tensors) header.tensors.push_back(to_entry(reader, name, raw));
  std::ranges::sort(header.tensors, {},
                    [](const auto& tensor) { return std::tie(tensor.begin, tensor.end, tensor.name); });
  expect_cover(reader, header.tensors, data_bytes);
  return header;
}

std::string header_text(const SafetensorsHeader& header) {
  const auto refuse = [](std::string_view name, std::string_view fault) {
    throw ArgumentError(fmt::format("safetensors: name {} {}", quoted(name), fault));
  };
  const auto json = [&](const std::string& text) {
    if (has_null(text)) refuse(text, "contains a null byte");
    try {
      return nlohmann::json(text).dump();
    } catch (const nlohmann::json::type_error&) {
      throw ArgumentError(fmt::format("safetensors: {} is not UTF-8, which the format asks for", quoted(text)));
    }
  };
  if (header.metadata.size() > max_metadata)
    throw ArgumentError(
        fmt::format("safetensors: {} metadata, at most {} go into a file", header.metadata.size(), max_metadata));
  std::vector<std::string> metadata, parts;
  for (const auto& [name, text] : header.metadata) metadata.push_back(json(name) + ':' + json(text));
  if (!metadata.empty()) parts.push_back(fmt::format("\"{}\":{{{}}}", metadata_name, fmt::join(metadata, ",")));
  if (header.tensors.size() > max_tensors)
    throw ArgumentError(
        fmt::format("safetensors: {} tensors, at most {} go into a file", header.tensors.size(), max_tensors));
  for (const TensorEntry& tensor : header.tensors) {
    if (const auto fault = fault_of_name(tensor.name); !fault.empty()) refuse(tensor.name, fault);
    if (tensor.name == metadata_name) refuse(tensor.name, "is reserved by the format");
    parts.push_back(fmt::format(R"({}:{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})", json(tensor.name),
                                to_string(tensor.dtype), fmt::join(tensor.shape, ","), tensor.begin, tensor.end));
  }
  return fmt::format("{{{}}}", fmt::join(parts, ","));
}

}  // namespace unroll::inline v0
