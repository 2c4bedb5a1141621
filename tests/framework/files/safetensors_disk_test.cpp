#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/messages.hpp"
#include "support/sparse_file.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/safetensors.hpp>

#include <sys/resource.h>

#include <fstream>
#include <sstream>

using namespace unroll;
using Catch::Contains;

namespace {

SafetensorsFile small() {
  return {{{"weight", Tensor<float>({2, 3}, {1, 2, 3, 4, 5, 6})}, {"step", Tensor<std::int64_t>({}, 7)}},
          {{"cell", "gru"}}};
}
bool same(const SafetensorsFile& a, const SafetensorsFile& b) {
  return a.tensors == b.tensors && a.metadata == b.metadata;
}

}  // namespace

TEST_CASE("the header alone gives names, shapes and metadata") {
  const TemporaryDirectory directory;
  write_safetensors(directory / "model", small());
  const auto header = read_safetensors_header(directory / "model");
  REQUIRE(header.tensors.size() == 2);
  CHECK(header.tensors[1].name == "weight");
  CHECK(header.tensors[1].shape == Shape{2, 3});
  CHECK(header.metadata == small().metadata);
}

TEST_CASE("a file that cannot be read gives the reason") {
  const TemporaryDirectory directory;
  CHECK_THAT(message_of<IoError>([&] { read_safetensors(directory / "none"); }), Contains("No such file or directory"));
  CHECK_THAT(message_of<IoError>([&] { read_safetensors(directory.path()); }), Contains("it is a directory"));
}

#ifndef UNROLL_ADDRESS_SANITIZER  // it takes terabytes of addresses, and ends the program when memory is refused
TEST_CASE("a file that does not fit into memory is refused by name") {
  const TemporaryDirectory directory;
  const std::uint64_t bytes = std::uint64_t{1} << 36U;
  const auto path = sparse_file(directory, bytes);
  CHECK(read_safetensors_header(path).tensors[0].shape == Shape{bytes / 4});
  const int status = status_of_child([&] {
    const rlimit limit{bytes / 2, bytes / 2};
    if (::setrlimit(RLIMIT_AS, &limit) != 0) return 2;
    const auto message = message_of<FileError>([&] { read_safetensors(path); });
    return message.ends_with("tensor \"w\" needs 68719476736 bytes, more memory than there is") ? 0 : 1;
  });
  CHECK(status == 0);
}
#endif

TEST_CASE("what cannot be written is refused, and an old file stays") {
  const TemporaryDirectory directory;
  const auto path = directory / "model";
  write_safetensors(path, small());
  const auto message = [&](const SafetensorsFile& file) {
    return message_of<ArgumentError>([&] { write_safetensors(path, file); });
  };
  CHECK_THAT(message({{{"a\n", Tensor<float>()}}, {}}), Contains("contains a control character"));
  CHECK_THAT(message({{{"__metadata__", Tensor<float>()}}, {}}), Contains("reserved"));
  CHECK_THAT(message({{}, {{"text", "\xff"}}}), Contains("is not UTF-8"));
  CHECK_THAT(message({{}, {{"text", std::string(100'000'000, 'x')}}}), Contains("at most 100000000 go into a file"));
  CHECK(same(read_safetensors(path), small()));
  CHECK_THAT(message_of<IoError>([&] { write_safetensors(directory / "no/model", small()); }),
             Contains("there is no directory"));
}

TEST_CASE("every bit that flips in a file of ours is found") {
  const TemporaryDirectory directory;
  const auto path = directory / "model";
  write_safetensors(path, small());
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  const std::string good = content.str();
  REQUIRE(good.find(checksum_key) != std::string::npos);
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    std::string damaged = good;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    std::ofstream(path, std::ios::binary) << damaged;
    INFO("bit " << bit % 8 << " of byte " << bit / 8);
    CHECK_THROWS_AS(read_safetensors(path), FileError);
  }
}
