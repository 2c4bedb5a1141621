#include "support/catch.hpp"
#include <unroll/framework/files/foreign_format.hpp>

#include <string>

using Catch::Contains;
using unroll::detail::foreign_format;

namespace {

std::string said_of(const std::string& beginning) { return std::string(foreign_format(beginning)); }

/// The first file of a zip archive: its name behind a header of 30 bytes that has the length of the name at byte 26.
std::string zip_of(const std::string& name) {
  std::string bytes = "PK\x03\x04" + std::string(26, '\x07');
  bytes[26] = static_cast<char>(name.size());
  bytes[27] = '\0';
  return bytes + name + "content";
}

}  // namespace

TEST_CASE("formats that models come in are told by their first bytes, with what to do") {
  const auto [beginning, name, advice] = GENERATE(table<std::string, std::string, std::string>({
      {zip_of("archive/data.pkl"), "a zip archive, as torch.save", "save_file"},
      {"PK\x05\x06", "a zip archive", "save_file"},
      {zip_of("weights/hidden.npy"), "an archive of NumPy (.npz)", "safetensors.numpy.save_file"},
      {"\x93NUMPY\x01", "an array of NumPy (.npy)", "safetensors.numpy.save_file"},
      {"\x89HDF\r\n\x1a\n", "an HDF5 file", "save its weights as safetensors"},
      {"GGUF\x03", "a GGUF file", "convert it"},
      {"version https://git-lfs.github.com/spec/v1", "a pointer of git-LFS", "git lfs pull"},
      {"\x1f\x8b\x08\x08", "a gzip file", "gunzip"},
      {"\x28\xb5\x2f\xfd\x04", "a compressed file", "unpack"},
      {"<!DOCTYPE html>\n", "a web page", "download"},
      {"{\n  \"metadata\": {}, \"weight_map\": {", "JSON", "one of the files that it names"},
      // onnx.ModelProto: ir_version 8, producer_name "pytorch"; without a producer the graph comes next.
      {"\x08\x08\x12\x07pytorch", "ONNX", "export its weights"},
      {"\x08\x07:\x0b\x0a", "ONNX", "export its weights"},
  }));
  CAPTURE(beginning);
  CHECK_THAT(said_of(beginning), Catch::StartsWith("a") || Catch::StartsWith("JSON"));
  CHECK_THAT(said_of(beginning), Contains(name) && Contains(advice));
}

TEST_CASE("pickles of every protocol are told") {
  // pickle.dumps({"weight": [1.0]}, protocol), and of an OrderedDict as state dicts are.
  const std::string pickle =
      GENERATE(as<std::string>{}, "(dp0\nVweight\np1\n(lp2\nF1.0\nas.", std::string("}q\0X\6", 5), "\x80\x02}q",
               "\x80\x03}q", "\x80\x04\x95", "\x80\x05\x95", "ccollections\nOrderedDict\np0\n(tRp1\n",
               "ccollections\nOrderedDict\nq", "\x80\x02\x8a\nl\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.");
  CAPTURE(pickle);
  CHECK_THAT(said_of(pickle),
             Contains("a Python pickle") && Contains("if you trust it") && Contains("safetensors.torch.save_file"));
}

TEST_CASE("a gzip file without a time is not taken for a header's length, which it could be") {
  CHECK_THAT(said_of(std::string("\x1f\x8b\x08\0\0\0\0\0\x02\xff", 10)), Contains("gzip"));
  CHECK(said_of(std::string("\x1f\x8b\x08\0\0\0\0\0{", 9)).empty());
  CHECK(said_of(std::string("\x1f\x8b\x08\0\0\0\0\0", 8)).empty());
  CHECK(said_of(std::string("\x80\x02\0\0\0\0\0\0{\"", 10)).empty());
  CHECK(said_of(std::string("\x08\x02\0\0\0\0\0\0 {", 10)).empty());
}

TEST_CASE("what is of no known format has no name") {
  CHECK(said_of("").empty());
  CHECK(said_of("P").empty());
  CHECK(said_of("#!/bin/sh").empty());
  CHECK(said_of("\x80").empty());
  CHECK(said_of("\x80\x06").empty());
  CHECK(said_of("\x08\x01").empty());
  CHECK(said_of("PK\x03\x04").starts_with("a zip archive"));
}
