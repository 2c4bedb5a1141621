#include "support/catch.hpp"
#include "support/messages.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/safetensors_header.hpp>

#include <fmt/format.h>

using namespace unroll;
using Catch::Contains;

namespace {

std::string refusal(const std::string& json, std::uint64_t data_bytes = 0) {
  return message_of<FileError>([&] { parse_header(json, data_bytes, "\"model\""); });
}
/// One tensor, from the text of its dtype, shape and data_offsets.
std::string tensor(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return fmt::format(R"({{"w":{{"dtype":{},"shape":{},"data_offsets":{}}}}})", dtype, shape, offsets);
}
/// A float [1] named `name` at the given bytes.
std::string entry(const std::string& name, int begin, int end, const std::string& shape = "[1]") {
  return fmt::format(R"("{}":{{"dtype":"F32","shape":{},"data_offsets":[{},{}]}})", name, shape, begin, end);
}

}  // namespace

TEST_CASE("a header gives names, types, shapes, places and metadata, in the order of the data") {
  const std::string json =
      R"( {"a":{"dtype":"F32","shape":[2,3],"data_offsets":[8,32]},"__metadata__":{"cell":"gru","text":"a\n\"b\""},)"
      R"("scalar":{"data_offsets":[0,8],"shape":[],"dtype":"F64"},"empty":{"dtype":"I64","shape":[2,0],"data_offsets":[32,32]}}  )";
  const auto header = parse_header(json, 32, "model");
  REQUIRE(header.tensors.size() == 3);
  CHECK(header.tensors[0].name == "scalar");
  CHECK(header.tensors[0].dtype == Dtype::f64);
  CHECK(header.tensors[0].shape == Shape{});
  CHECK(header.tensors[1].name == "a");
  CHECK(header.tensors[1].shape == Shape{2, 3});
  CHECK(header.tensors[1].begin == 8);
  CHECK(header.tensors[1].end == 32);
  CHECK(header.tensors[2].shape == Shape{2, 0});
  CHECK(header.metadata == std::map<std::string, std::string>{{"cell", "gru"}, {"text", "a\n\"b\""}});
}

TEST_CASE("a header may be empty, and be padded before and after") {
  for (const std::string json : {"{}", "{}      ", "\t\r\n {}", R"({"__metadata__":{}})"}) {
    const auto header = parse_header(json, 0, "model");
    CHECK(header.tensors.empty());
    CHECK(header.metadata.empty());
  }
}

TEST_CASE("every dtype that is read has its size and its name") {
  for (const auto& [name, dtype, bytes] :
       {std::tuple{"F64", Dtype::f64, 8U}, std::tuple{"I64", Dtype::i64, 8U}, std::tuple{"F32", Dtype::f32, 4U},
        std::tuple{"I32", Dtype::i32, 4U}, std::tuple{"F16", Dtype::f16, 2U}, std::tuple{"BF16", Dtype::bf16, 2U},
        std::tuple{"U8", Dtype::u8, 1U}, std::tuple{"U64", Dtype::u64, 8U}}) {
    const auto header =
        parse_header(tensor(fmt::format("\"{}\"", name), "[3]", fmt::format("[0,{}]", 3 * bytes)), 3 * bytes, "model");
    CHECK(header.tensors.at(0).dtype == dtype);
    CHECK(bytes_of(dtype) == bytes);
    CHECK(to_string(dtype) == name);
  }
}

TEST_CASE("a header that is not JSON is refused with the place") {
  CHECK(refusal("{") == "\"model\": header: is not JSON at byte 2, at \"{\"");
  CHECK_THAT(refusal("\xff"), Contains("does not begin with '{'"));
  CHECK_THAT(refusal("{\"\xff\":1}"), Contains("is not JSON at byte 3"));
  for (const std::string json :
       {R"({"a":})", R"({"a" 1})", R"({,})", R"({"__metadata__":{"a":"b"},})", "{} x", "{}{}", "{}/*c*/",
        "{\"\\ud800\":{}}", "{\"tab\there\":{}}", R"({"__metadata__":{"a":"b"})", "{'a':1}", R"({"w":{"shape":[01]}})"})
    CHECK_THAT(refusal(json), Contains("is not JSON at byte"));
}

TEST_CASE("a header that is no object is refused") {
  for (const std::string json : {"", "   ", "[]", "1", "null", "\"{}\"", "\xef\xbb\xbf{}"})
    CHECK_THAT(refusal(json), Contains("does not begin with '{'"));
  // A parser of C strings would stop here and see an empty header.
  CHECK_THAT(refusal(std::string("{}\0 hidden", 10)), Contains("contains a null byte"));
}

TEST_CASE("whatever stands where the format has nothing of its kind is refused") {
  CHECK_THAT(refusal(R"({"a":1})"), Contains("a number at \"a\", where the format has none"));
  CHECK_THAT(refusal(R"({"a":"b"})"), Contains("a string at \"a\""));
  CHECK_THAT(refusal(R"({"a":[]})"), Contains("a list at \"a\""));
  CHECK_THAT(refusal(R"({"a":null})"), Contains("null at \"a\""));
  CHECK_THAT(refusal(R"({"a":true})"), Contains("a truth value at \"a\""));
  CHECK_THAT(refusal(R"({"__metadata__":1})"), Contains("a number at \"__metadata__\""));
  CHECK_THAT(refusal(R"({"__metadata__":{"a":1}})"), Contains("a number at \"a\""));
  CHECK_THAT(refusal(R"({"__metadata__":{"a":null}})"), Contains("null at \"a\""));
  CHECK_THAT(refusal(R"({"__metadata__":{"a":{}}})"), Contains("an object at \"a\""));
  CHECK_THAT(refusal(R"({"__metadata__":{"a":[]}})"), Contains("a list at \"a\""));
  CHECK_THAT(refusal(R"({"w":{"dtype":{}}})"), Contains("an object at \"w\", dtype"));
  CHECK_THAT(refusal(R"({"w":{"dtype":["F32"]}})"), Contains("a list at \"w\", dtype"));
  CHECK_THAT(refusal(R"({"w":{"dtype":1}})"), Contains("a number at \"w\", dtype"));
  CHECK_THAT(refusal(R"({"w":{"shape":1}})"), Contains("a number at \"w\", shape"));
  CHECK_THAT(refusal(R"({"w":{"shape":"1"}})"), Contains("a string at \"w\", shape"));
  CHECK_THAT(refusal(R"({"w":{"shape":[[1]]}})"), Contains("a list at \"w\", shape"));
  CHECK_THAT(refusal(R"({"w":{"shape":["1"]}})"), Contains("a string at \"w\", shape"));
  CHECK_THAT(refusal(R"({"w":{"shape":[null]}})"), Contains("null at \"w\", shape"));
  CHECK_THAT(refusal(std::string("{\"w\":{\"shape\":") + std::string(100'000, '[')), Contains("a list at \"w\""));
  CHECK_THAT(refusal(R"({"w":{"strides":[1]}})"), Contains("tensor \"w\": unknown field \"strides\""));
}

TEST_CASE("numbers are whole and not negative, and written so") {
  CHECK_THAT(refusal(tensor("\"F32\"", "[-1]", "[0,4]")), Contains("the number -1 at \"w\", shape"));
  CHECK_THAT(refusal(tensor("\"F32\"", "[-0]", "[0,4]")), Contains("the number 0 at \"w\", shape"));
  for (const std::string number : {"1.0", "1e3", "1E0", "18446744073709551616", "1e400"})
    CHECK_THAT(refusal(tensor("\"F32\"", '[' + number + ']', "[0,4]")),
               Contains("the number " + number) || Contains("JSON"));
  CHECK_THAT(refusal(tensor("\"F32\"", "[NaN]", "[0,4]")), Contains("is not JSON"));
}

TEST_CASE("nothing may be there twice, at any level") {
  CHECK_THAT(refusal('{' + entry("a", 0, 4) + ',' + entry("a", 4, 8) + '}', 8),
             Contains("header: \"a\" is there twice"));
  // Two equal and empty ones would pass every check of their places.
  CHECK_THAT(refusal('{' + entry("a", 0, 0, "[0]") + ',' + entry("a", 0, 0, "[0]") + '}'),
             Contains("\"a\" is there twice"));
  CHECK_THAT(refusal(R"({"\u0061":{},"a":{}})"), Contains("\"a\" is there twice"));
  CHECK_THAT(refusal(R"({"__metadata__":{},"__metadata__":{}})"), Contains("\"__metadata__\" is there twice"));
  CHECK_THAT(refusal(R"({"__metadata__":{"k":"1","k":"1"}})"), Contains("the metadata \"k\" are there twice"));
  for (const std::string field : {R"("dtype":"F32")", R"("shape":[])", R"("data_offsets":[0,4])"})
    CHECK_THAT(refusal("{\"w\":{" + field + ',' + field + "}}"), Contains("tensor \"w\" has ") && Contains(" twice"));
}

TEST_CASE("a tensor has a type, a shape and two offsets") {
  CHECK_THAT(refusal(R"({"w":{}})"), Contains("tensor \"w\" needs dtype, shape and two data_offsets"));
  CHECK_THAT(refusal(R"({"w":{"dtype":"F32","shape":[1]}})"), Contains("needs dtype"));
  CHECK_THAT(refusal(R"({"w":{"shape":[1],"data_offsets":[0,4]}})"), Contains("needs dtype"));
  CHECK_THAT(refusal(R"({"w":{"dtype":"F32","data_offsets":[0,4]}})"), Contains("needs dtype"));
  CHECK_THAT(refusal(tensor("\"F32\"", "[1]", "[]")), Contains("needs dtype"));
  CHECK_THAT(refusal(tensor("\"F32\"", "[1]", "[4]")), Contains("needs dtype"));
  CHECK_THAT(refusal(tensor("\"F32\"", "[1]", "[0,4,8]")), Contains("more than 2 numbers in data_offsets"));
  CHECK_THAT(refusal(tensor("\"F32\"", "[1,1,1,1,1,1,1]", "[0,4]")), Contains("more than 6 numbers in shape"));
  CHECK(parse_header(tensor("\"F32\"", "[1,1,1,1,1,1]", "[0,4]"), 4, "model").tensors[0].shape.rank() == 6);
}

TEST_CASE("a type that is not read is named, with those that are") {
  for (const std::string dtype : {"BOOL", "F8_E4M3", "C64", "U32", "I8", "F33", "f32", ""})
    CHECK_THAT(
        refusal(tensor('"' + dtype + '"', "[]", "[0,4]"), 4),
        Contains("tensor \"w\" has dtype \"" + dtype + "\"") && Contains("F64, F32, F16, BF16, I64, U64, I32 and U8"));
}

TEST_CASE("names are text of 1 to 512 bytes without control characters") {
  CHECK_THAT(refusal(R"({"":{}})"), Contains("name \"\" is empty"));
  CHECK_THAT(refusal("{\"" + std::string(513, 'n') + "\":{}}"), Contains("is longer than 512 bytes"));
  CHECK_NOTHROW(parse_header('{' + entry(std::string(512, 'n'), 0, 4) + '}', 4, "model"));
  CHECK_NOTHROW(parse_header('{' + entry("../../etc/passwd é 漢", 0, 4) + '}', 4, "model"));
  for (const std::string name : {"a\\u0000b", "\\u001b[31m", "\\n", "\\u007f", "\\u009b", "\xc2\x9b"})
    CHECK_THAT(refusal("{\"" + name + "\":{}}"), Contains("contains a control character"));
  CHECK_THAT(refusal(R"({"__metadata__":{"a\u0000":"b"}})"),
             Contains("the metadata name \"a\\x00\" contains a null byte"));
  CHECK_THAT(refusal(R"({"__metadata__":{"a":"b\u0000"}})"), Contains("the metadata \"a\" contain a null byte"));
}

TEST_CASE("shapes that overflow a count of bytes are refused") {
  for (const std::string shape : {"[2,18446744073709551614]", "[2,9223372036854775807]", "[8589934592,8589934592]",
                                  "[4611686018427387904]", "[0,8589934592,8589934592]", "[8589934592,8589934592,0]"})
    CHECK_THAT(refusal(tensor("\"I32\"", shape, "[0,16]"), 16), Contains("has more bytes than can be counted"));
}

TEST_CASE("the size of a tensor is that of its shape") {
  CHECK_THAT(refusal(tensor("\"I32\"", "[2,2]", "[0,4]"), 4),
             Contains("tensor \"w\" lies at bytes 0 to 4 of the data, but I32 [2, 2] needs 16 bytes"));
  CHECK_THAT(refusal(tensor("\"F32\"", "[0]", "[0,4]"), 4), Contains("needs 0 bytes"));
  CHECK_THAT(refusal(tensor("\"F32\"", "[1]", "[0,0]")), Contains("needs 4 bytes"));
  CHECK_THAT(refusal(tensor("\"F32\"", "[1]", "[4,0]"), 4), Contains("which is backwards"));
}

TEST_CASE("the tensors cover the data: no hole, no overlap, no remainder") {
  CHECK_THAT(refusal('{' + entry("a", 0, 4) + ',' + entry("b", 2, 6) + '}', 6),
             Contains("tensor \"b\" lies at bytes 2 to 6 of the data, expected to begin at 4: the tensors overlap"));
  CHECK_THAT(refusal('{' + entry("a", 0, 4) + ',' + entry("b", 8, 12) + '}', 12),
             Contains("expected to begin at 4: the tensors leave a hole"));
  CHECK_THAT(refusal('{' + entry("a", 4, 8) + '}', 8), Contains("expected to begin at 0: the tensors leave a hole"));
  CHECK_THAT(refusal('{' + entry("a", 0, 4) + '}', 5),
             Contains("the tensors take 4 bytes, but the file has 5 bytes of data: something was added to the file"));
  CHECK_THAT(refusal('{' + entry("a", 0, 4) + '}', 3), Contains("the file is cut short"));
  CHECK_THAT(refusal(tensor("\"U8\"", "[9007199254740993]", "[0,9007199254740993]"), 3), Contains("cut short"));
  CHECK_THAT(refusal("{}", 1), Contains("something was added"));
}

TEST_CASE("many tensors that share their bytes are refused: they would take far more memory than the file has") {
  std::string json = "{";
  for (int i = 0; i < 10; ++i) json += (i == 0 ? "" : ",") + entry(fmt::format("tensor_{}", i), 0, 16, "[2,2]");
  CHECK_THAT(refusal(json + '}', 16), Contains("the tensors overlap"));
  json = "{";
  for (int i = 0; i <= 65536; ++i) json += (i == 0 ? "" : ",") + entry(std::to_string(i), 0, 0, "[0]");
  CHECK_THAT(refusal(json + '}'), Contains("more than 65536 tensors"));
}

TEST_CASE("a header that is written is read again as it was") {
  const SafetensorsHeader header{
      {{"é \"quoted\" \\", Dtype::f64, Shape{2, 1}, 0, 16}, {"b", Dtype::u8, Shape{}, 16, 17}},
      {{"k\n", "\"v\"\x1b"}, {"", ""}}};
  const std::string json = header_text(header);
  const auto again = parse_header(json, 17, "model");
  CHECK(again.metadata == header.metadata);
  REQUIRE(again.tensors.size() == 2);
  CHECK(again.tensors[0].name == "é \"quoted\" \\");
  CHECK(again.tensors[0].shape == Shape{2, 1});
  CHECK(again.tensors[1].dtype == Dtype::u8);
  CHECK(header_text(again) == json);
  CHECK(header_text({}) == "{}");
}

TEST_CASE("a header that could not be read is not written") {
  const auto message = [](const std::string& name, const std::map<std::string, std::string>& metadata) {
    return message_of<ArgumentError>([&] { header_text({{{name, Dtype::u8, Shape{}, 0, 1}}, metadata}); });
  };
  CHECK_THAT(message("", {}), Contains("safetensors: name \"\" is empty"));
  CHECK_THAT(message(std::string(513, 'n'), {}), Contains("longer than 512 bytes"));
  CHECK_THAT(message("a\x1b", {}), Contains("\"a\\x1b\" contains a control character"));
  CHECK_THAT(message(std::string("a\0b", 3), {}), Contains("contains a control character"));
  CHECK_THAT(message("\xff", {}), Contains("\"\\xff\" is not UTF-8"));
  CHECK_THAT(message("__metadata__", {}), Contains("is reserved by the format"));
  CHECK_THAT(message("a", {{"k", "\xff"}}), Contains("is not UTF-8"));
  CHECK_THAT(message("a", {{"k", std::string("a\0", 2)}}), Contains("contains a null byte"));
  CHECK_THAT(message("a", {{std::string("a\0", 2), "v"}}), Contains("contains a null byte"));
  CHECK_THAT(message_of<ArgumentError>([] {
               header_text({std::vector<TensorEntry>(65537), {}});
             }),
             Contains("65537 tensors, at most 65536 go into a file"));
}

TEST_CASE("a header that names more than can be wanted is refused before it takes memory") {
  std::string text = R"({"__metadata__":{)";
  for (int i = 0; i < 70'000; ++i) text += (i == 0 ? "\"" : ",\"") + std::to_string(i) + R"(":"")";
  CHECK_THROWS_WITH(parse_header(text + "}}", 0, "file"), "file: header: more than 65536 metadata");
}

TEST_CASE("a number of a header is shown short") {
  const std::string text = R"({"w":{"shape":[1.)" + std::string(10'000'000, '1') + "]}}";
  std::string message;
  try {
    static_cast<void>(parse_header(text, 0, "file"));
  } catch (const FileError& error) {
    message = error.what();
  }
  CHECK(message.find("the number 1.1111") != std::string::npos);
  CHECK(message.size() < 200);
}
