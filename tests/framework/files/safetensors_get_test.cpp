#include "support/catch.hpp"
#include "support/messages.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/input_file.hpp>
#include <unroll/framework/files/safetensors.hpp>

#include <fmt/format.h>

using namespace unroll;
using Catch::Contains;

namespace {

/// What is read of the bytes that are written.
SafetensorsFile read_again(const SafetensorsFile& file) {
  const TemporaryDirectory directory;
  write_safetensors(directory / "model", file);
  const std::string bytes = read_file(directory / "model");
  return parse_safetensors(std::as_bytes(std::span(bytes)), "\"model\"");
}

}  // namespace

TEST_CASE("get converts float and double, widens integers, and nothing else") {
  const SafetensorsFile file = read_again({{{"f", Tensor<float>({2}, {0.5F, -3})},
                                            {"d", Tensor<double>({1}, 0.1)},
                                            {"i", Tensor<std::int32_t>({1}, -5)},
                                            {"l", Tensor<std::int64_t>({1}, 1LL << 40)},
                                            {"u", Tensor<std::uint8_t>({1}, 200)},
                                            {"s", Tensor<std::uint64_t>({1}, 1ULL << 63U)}},
                                           {}});
  CHECK(file.get<double>("f") == Tensor<double>({2}, {0.5, -3}));
  CHECK(file.get<float>("d") == Tensor<float>({1}, 0.1F));
  CHECK(file.get<std::int64_t>("i") == Tensor<std::int64_t>({1}, -5));
  CHECK(file.get<std::int32_t>("u") == Tensor<std::int32_t>({1}, 200));
  CHECK(file.get<std::uint64_t>("u") == Tensor<std::uint64_t>({1}, 200));
  CHECK(file.get<std::uint64_t>("s") == Tensor<std::uint64_t>({1}, 1ULL << 63U));
  const auto message = [&](auto scalar, const char* name) {
    return message_of<FileError>([&] { file.get<decltype(scalar)>(name); });
  };
  CHECK_THAT(message(float{}, "i"), Contains("\"model\": tensor \"i\" holds I32, which cannot be taken as F32"));
  CHECK_THAT(message(std::int64_t{}, "d"), Contains("holds F64, which cannot be taken as I64"));
  CHECK_THAT(message(std::int32_t{}, "l"), Contains("holds I64, which cannot be taken as I32"));
  CHECK_THAT(message(std::uint8_t{}, "i"), Contains("holds I32, which cannot be taken as U8"));
  CHECK_THAT(message(std::uint64_t{}, "i"), Contains("holds I32, which cannot be taken as U64"));
  CHECK_THAT(message(std::int64_t{}, "s"), Contains("holds U64, which cannot be taken as I64"));
  CHECK_THAT(message(double{}, "s"), Contains("holds U64, which cannot be taken as F64"));
}

TEST_CASE("get of a name that is missing says which there are") {
  CHECK(message_of<FileError>([] {
          SafetensorsFile{{{"weight", Tensor<float>()}, {"step", Tensor<float>()}}, {}}.get<float>("wieght");
        })
        == "safetensors: there is no tensor \"wieght\"; it has \"step\", \"weight\"");
  CHECK_THAT(message_of<FileError>([] { SafetensorsFile{}.get<float>("a\x1b"); }),
             Contains("there is no tensor \"a\\x1b\"; it has none"));
  SafetensorsFile many;
  for (int i = 0; i < 1000; ++i) many.tensors[fmt::format("{:03}", i)] = Tensor<float>();
  CHECK_THAT(message_of<FileError>([&] { many.get<float>("x"); }),
             Contains("\"142\" and 857 more") && !Contains("\"143\""));
}
