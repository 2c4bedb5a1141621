#include "support/catch.hpp"
#include "support/messages.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/input_file.hpp>
#include <unroll/framework/files/safetensors.hpp>
#include <unroll/framework/tensor/random.hpp>

#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <optional>

using namespace unroll;
using Catch::Contains;

namespace {

SafetensorsFile parse(const std::string& bytes) {
  return parse_safetensors(std::as_bytes(std::span(bytes)), "\"model\"");
}
std::string refusal(const std::string& bytes) {
  return message_of<FileError>([&] { parse(bytes); });
}
/// The length of the header in front of it, and the data behind.
std::string file_of(const std::string& header, const std::string& data = "", std::optional<std::uint64_t> length = {}) {
  const std::uint64_t announced = length.value_or(header.size());
  std::string bytes(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(announced >> (8 * i) & 0xffU);
  return bytes + header + data;
}
std::uint64_t length_of_header(const std::string& file) {
  std::uint64_t length = 0;
  for (std::size_t i = 8; i-- > 0;) length = length << 8U | static_cast<unsigned char>(file[i]);
  return length;
}
/// The bytes of a file that write_safetensors makes.
std::string written(const SafetensorsFile& file) {
  const TemporaryDirectory directory;
  write_safetensors(directory / "model", file);
  CHECK(directory.count() == 1);
  return read_file(directory / "model");
}
SafetensorsFile small() {
  return {{{"weight", Tensor<float>({2, 3}, {1, 2, 3, 4, 5, 6})}, {"step", Tensor<std::int64_t>({}, 7)}},
          {{"cell", "gru"}}};
}
bool same(const SafetensorsFile& a, const SafetensorsFile& b) {
  return a.tensors == b.tensors && a.metadata == b.metadata;
}
template <class Number>
Tensor<Number> random_tensor(const Random& random, const Shape& shape) {
  Tensor<Number> tensor(shape);
  for (std::size_t i = 0; i < tensor.size(); ++i) tensor[i] = static_cast<Number>(100 * random.uniform(i));
  return tensor;
}

const std::string valid_header = R"({"test":{"dtype":"I32","shape":[2,2],"data_offsets":[0,16]}})";
const std::string valid = file_of(valid_header, std::string(16, '\1'));

}  // namespace

TEST_CASE("what is written is read again as it was") {
  const TemporaryDirectory directory;
  const auto path = directory / "model.safetensors";
  SafetensorsFile file = small();
  file.tensors["double"] = Tensor<double>({2}, {std::numeric_limits<double>::denorm_min(), -0.0});
  file.tensors["lengths"] = Tensor<std::int32_t>({2}, {-1, std::numeric_limits<std::int32_t>::max()});
  file.tensors["bytes"] = Tensor<std::uint8_t>({3}, {0, 127, 255});
  file.tensors["seed"] = Tensor<std::uint64_t>(Shape{}, std::numeric_limits<std::uint64_t>::max());
  file.tensors["empty"] = Tensor<float>({0, 4});
  file.metadata["config"] = "{\"hidden\": 256}\n\t";
  write_safetensors(path, file);
  const SafetensorsFile again = read_safetensors(path);
  CHECK(same(again, file));
  CHECK(again.source == '"' + path.string() + '"');
  CHECK(std::signbit(again.get<double>("double")[1]));
}

TEST_CASE("the bytes of a file in memory are those on disk") { CHECK(format_safetensors(small()) == written(small())); }

TEST_CASE("any shapes, types and names survive, and the same content gives the same bytes") {
  const Random random(3);
  for (std::uint64_t round = 0; round < 40; ++round) {
    const Random draw = random.split(round);
    SafetensorsFile file;
    const std::size_t count = draw.bits(0) % 6;
    for (std::size_t i = 0; i < count; ++i) {
      const Random own = draw.split(i);
      std::vector<std::size_t> extents(own.bits(1000) % 7);
      for (std::size_t axis = 0; axis < extents.size(); ++axis) extents[axis] = own.bits(2000 + axis) % 4;
      const Shape shape{std::span<const std::size_t>(extents)};
      const std::string name = fmt::format("{}.{}", own.bits(3000), i);
      switch (own.bits(4000) % 6) {
        case 0:
          file.tensors[name] = random_tensor<float>(own, shape);
          break;
        case 1:
          file.tensors[name] = random_tensor<double>(own, shape);
          break;
        case 2:
          file.tensors[name] = random_tensor<std::int64_t>(own, shape);
          break;
        case 3:
          file.tensors[name] = random_tensor<std::int32_t>(own, shape);
          break;
        case 4:
          file.tensors[name] = random_tensor<std::uint64_t>(own, shape);
          break;
        default:
          file.tensors[name] = random_tensor<std::uint8_t>(own, shape);
      }
    }
    const std::string bytes = written(file);
    const SafetensorsFile again = parse(bytes);
    CHECK(same(again, file));
    CHECK(written(again) == bytes);
  }
}

TEST_CASE("the bytes are those that the format asks for: aligned, wide types first, then by name") {
  SafetensorsFile file = small();
  file.tensors["a"] = Tensor<std::uint8_t>({1}, 9);
  file.tensors["b"] = Tensor<float>({1}, 0);
  file.tensors["z"] = Tensor<double>({1}, 1);
  const std::string bytes = written(file);
  const std::uint64_t length = length_of_header(bytes);
  CHECK(length % 8 == 0);
  CHECK(bytes[8] == '{');
  const auto header = parse_header(std::string_view(bytes).substr(8, length), bytes.size() - 8 - length, "model");
  std::vector<std::string> order;
  for (const auto& tensor : header.tensors) {
    order.push_back(tensor.name);
    CHECK(tensor.begin % bytes_of(tensor.dtype) == 0);
  }
  CHECK(order == std::vector<std::string>{"step", "z", "b", "weight", "a"});
  CHECK(bytes.substr(8 + length, 8) == std::string("\7\0\0\0\0\0\0\0", 8));  // little-endian
  CHECK(bytes.back() == 9);
}

TEST_CASE("files that are not of the format, one for each way") {
  CHECK(refusal("") == "\"model\": has 0 bytes, expected at least 8; it is cut short, or no safetensors file");
  CHECK_THAT(refusal("1234567"), Contains("has 7 bytes, expected at least 8"));
  CHECK_THAT(refusal(file_of("", "", 0xffffff000000003c)),
             Contains("announces a header of 18446742974197923900 bytes, expected at most 100000000"));
  CHECK_THAT(refusal(file_of("", "", 60)), Contains("announces a header of 60 bytes, but 0 bytes follow"));
  CHECK_THAT(refusal(file_of("{}", "", 1000)), Contains("announces a header of 1000 bytes, but 2 bytes follow"));
  CHECK_THAT(refusal(file_of("\xff")), Contains("header: does not begin with '{'"));
  CHECK_THAT(refusal(file_of("{")), Contains("header: is not JSON"));
  CHECK_THAT(refusal(valid + "extra_bogus_data_for_polyglot_file"), Contains("something was added to the file"));
  CHECK_THAT(refusal(valid + valid), Contains("something was added to the file"));
  CHECK_THAT(refusal(valid.substr(0, valid.size() - 2)), Contains("the file is cut short"));
  CHECK_THAT(refusal("#!/bin/sh\nexec something"), Contains("no safetensors file"));
  for (const std::uint64_t length : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{7}, std::uint64_t{1} << 63U,
                                     ~std::uint64_t{0}, ~std::uint64_t{7}, std::uint64_t{100'000'001}})
    CHECK_THROWS_AS(parse(file_of(valid_header, std::string(16, '\1'), length)), FileError);
}

TEST_CASE("files of other programs are read: no checksum, padding, metadata or none") {
  CHECK(parse(valid).get<std::int32_t>("test") == Tensor<std::int32_t>({2, 2}, 0x01010101));
  CHECK(parse(file_of("   " + valid_header + "  ", std::string(16, '\1'))).tensors.size() == 1);
  CHECK(parse(file_of("{}")).tensors.empty());
  CHECK(parse(file_of(R"({"t":{"dtype":"I32","shape":[],"data_offsets":[0,4]}})", std::string("\5\0\0\0", 4)))
            .get<std::int32_t>("t")[0]
        == 5);
  CHECK(parse(file_of(R"({"t":{"dtype":"I32","shape":[2,0],"data_offsets":[0,0]}})")).get<std::int32_t>("t").shape()
        == Shape{2, 0});
}

TEST_CASE("a file cut at any byte is refused, from memory and from disk, and so is one that goes on") {
  const std::string whole = written(small());
  const TemporaryDirectory directory;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const std::string part = whole.substr(0, length);
    REQUIRE_THROWS_AS(parse(part), FileError);
    std::ofstream(directory / "part", std::ios::binary | std::ios::trunc) << part;
    REQUIRE_THROWS_AS(read_safetensors(directory / "part"), FileError);
    REQUIRE_THROWS_AS(read_safetensors_header(directory / "part"), FileError);
  }
  CHECK_THROWS_AS(parse(whole + '\0'), FileError);
}

TEST_CASE("a single flipped bit anywhere never goes unnoticed") {
  const SafetensorsFile file = small();
  const std::string whole = written(file);
  std::size_t noticed = 0;
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    std::optional<SafetensorsFile> read;
    try {
      read = parse(damaged);
    } catch (const FileError&) {
      ++noticed;
    }
    if (read) REQUIRE(same(*read, file));
  }
  CHECK(noticed > 7 * whole.size());
}

TEST_CASE("files of other formats are named for what they are") {
  const auto [beginning, name] =
      GENERATE(table<std::string, std::string>({{"PK\x03\x04", "zip"},
                                                {"\x80\x05\x95", "pickle"},
                                                {"\x08\x08\x12\x07pytorch", "ONNX"},
                                                {std::string("\x1f\x8b\x08\0\0\0\0\0\x02", 9), "gzip"},
                                                {"version https://git-lfs", "git lfs pull"}}));
  CHECK_THAT(refusal(beginning), Contains("\"model\": it is a") && Contains(name));
  // Also when it is long enough for the length that its first bytes would be.
  CHECK_THAT(refusal(beginning + std::string(600'000, '\x7f')), Contains("\"model\": it is a") && Contains(name));
}

TEST_CASE("damage to the data is called so, with both checksums") {
  std::string bytes = written(small());
  bytes.back() ^= 1;
  CHECK_THAT(refusal(bytes), Contains("\"model\": the file is damaged: its checksum is ") && Contains(", expected \"")
                                 && Contains("a program has changed it and kept the metadata \"unroll.crc32\""));
}

TEST_CASE("the checksum is the CRC-32 of zip and PNG") {
  // The header without the checksum has our mark alone, and there are no data: its CRC by hand from the polynomial.
  std::uint32_t expected = 0xffffffffU;
  for (const char c : std::string(R"({"__metadata__":{"unroll.format":"1"}})")) {
    expected ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) expected = expected >> 1U ^ ((expected & 1U) != 0 ? 0xedb88320U : 0);
  }
  CHECK_THAT(written({}), Contains(fmt::format(R"("unroll.crc32":"{:08x}")", ~expected)));
}

TEST_CASE("a tensor without numbers does not take what came before out of the checksum") {
  const auto checksum = [](const SafetensorsFile& file) {
    const std::string bytes = written(file);
    return bytes.substr(bytes.find(checksum_key) + checksum_key.size() + 3, 8);
  };
  CHECK(checksum({{{"a", Tensor<double>({0})}}, {}}) != checksum({{{"b", Tensor<double>({0})}}, {}}));
}

TEST_CASE("a checksum and a mark of the user's are replaced, and never returned") {
  SafetensorsFile file = small();
  file.metadata[std::string(checksum_key)] = "wrong";
  file.metadata[std::string(writer_key)] = "wrong";
  CHECK(same(parse(written(file)), small()));
}

TEST_CASE("a file that says it is ours and has no checksum is refused") {
  const TemporaryDirectory directory;
  const std::string whole = written(small()), data = whole.substr(8 + length_of_header(whole));
  std::string header = whole.substr(8, length_of_header(whole));
  const std::size_t entry = header.find("\"unroll.crc32\"");
  SECTION("its entry was removed") { header.erase(entry, std::string(R"("unroll.crc32":"01234567",)").size()); }
  SECTION("its name was changed") { header.replace(entry, 14, "\"its checksum\""); }
  SECTION("only another name of ours is left") {
    header = R"({"__metadata__":{"unroll.later":"2"},"t":{"dtype":"F32","shape":[8],"data_offsets":[0,32]}})";
  }
  const std::string damaged = file_of(header, data);
  CHECK_THAT(refusal(damaged), Contains("\"model\": the metadata \"unroll.")
                                   && Contains("say that unroll wrote the file, and then there is a checksum under "
                                               "\"unroll.crc32\", but there is none (was the header edited, or "
                                               "damaged?"));
  std::ofstream(directory / "damaged", std::ios::binary) << damaged;
  CHECK_THROWS_AS(read_safetensors_header(directory / "damaged"), FileError);
}

TEST_CASE("files without our mark are read: ours of before, with a checksum alone, and those of other programs") {
  const std::string header = R"({"__metadata__":{"format":"pt","rolled":"no"},)" + valid_header.substr(1);
  const std::string data(16, '\1');
  CHECK(parse(file_of(header, data)).metadata
        == std::map<std::string, std::string>{{"format", "pt"}, {"rolled", "no"}});
  const auto old = [](const char* checksum) {
    return file_of(fmt::format(R"({{"__metadata__":{{"unroll.crc32":"{}"}}}})", checksum));
  };
  CHECK(parse(old("a3a6bf43")).metadata.empty());  // the CRC-32 of `{}`, which is the header without it
  CHECK_THAT(refusal(old("a3a6bf44")), Contains("the file is damaged: its checksum is a3a6bf43"));
}

TEST_CASE("half precision and bfloat16 numbers become floats") {
  const std::string header = R"({"h":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},)"
                             R"("b":{"dtype":"BF16","shape":[1],"data_offsets":[4,6]}})";
  const auto file = parse(file_of(header, std::string("\x00\x3c\x00\xc0\xc0\xbf", 6)));
  CHECK(file.get<float>("h") == Tensor<float>({2}, {1, -2}));
  CHECK(file.get<float>("b") == Tensor<float>({1}, -1.5F));
}
