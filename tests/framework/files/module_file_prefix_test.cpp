#include "support/catch.hpp"
#include "support/messages.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/module_file.hpp>

using namespace unroll;
using Catch::Contains;

namespace {

struct Layer {
  Parameter<> weight, bias;
  static void members(auto& self, auto&& visit) {
    visit("weight", self.weight);
    visit("bias", self.bias);
  }
};

/// A weight [2] and a bias [1], of numbers that follow each other.
Layer layer_from(float first) {
  return {Parameter<>(Tensor<>({2}, {first, first + 1})), Parameter<>(Tensor<>({1}, {first + 2}))};
}
std::vector<float> numbers(const Layer& layer) {
  std::vector<float> all(layer.weight.value().begin(), layer.weight.value().end());
  all.push_back(layer.bias.value()[0]);
  return all;
}

/// Two layers and the number of updates.
SafetensorsFile training() {
  SafetensorsFile file;
  add_module(file, layer_from(1), "model.encoder.");
  add_module(file, layer_from(11), "model.decoder.");
  file.tensors["adam.steps"] = Tensor<std::int64_t>(Shape{}, 7);
  return file;
}

std::string refusal_of(const SafetensorsFile& file, const std::string& prefix) {
  Layer layer = layer_from(100);
  auto message = message_of<FileError>([&] { load_module(file, layer, {.prefix = prefix}); });
  CHECK(numbers(layer) == numbers(layer_from(100)));
  return message;
}

}  // namespace

TEST_CASE("modules go into one file under prefixes, and each is loaded by its own") {
  Layer layer = layer_from(100);
  SECTION("from memory") { load_module(training(), layer, {.prefix = "model.decoder."}); }
  SECTION("from a file") {
    const TemporaryDirectory directory;
    write_safetensors(directory / "training", training());
    load_module(directory / "training", layer, {.prefix = "model.decoder."});
  }
  CHECK(numbers(layer) == numbers(layer_from(11)));
}

TEST_CASE("a prefix stands before what a name is renamed to") {
  const auto rename = [](const std::string& path) { return "my_" + path; };
  SafetensorsFile file;
  add_module(file, layer_from(1), "model.", rename);
  CHECK(file.tensors.contains("model.my_weight"));
  Layer layer = layer_from(100);
  load_module(file, layer, {.prefix = "model."}, rename);
  CHECK(numbers(layer) == numbers(layer_from(1)));
}

TEST_CASE("under a prefix everything must fit, and nothing else is looked at") {
  SafetensorsFile file = training();
  file.tensors.erase("model.encoder.bias");
  file.tensors["model.encoder.gain"] = Tensor<>({1});
  CHECK(refusal_of(file, "model.encoder.")
        == "load_module: safetensors does not fit the module (was it saved by a model with other settings?)\n"
           "  Missing key(s): \"model.encoder.bias\"\n"
           "  Unexpected key(s): \"model.encoder.gain\"\n"
           "  If that is what you want, give the load {.prefix = \"model.encoder.\", .ignore_unexpected = true, "
           ".zero_missing_biases = true}: layers without any bias then get zeros for them, and what is unexpected then "
           "stays in the file");
  Layer layer = layer_from(100);
  load_module(file, layer, {.prefix = "model.encoder.", .ignore_unexpected = true, .zero_missing_biases = true});
  CHECK(numbers(layer) == std::vector<float>{1, 2, 0});
}

TEST_CASE("a wrong prefix is answered with those that the file has") {
  const auto answer = [&](const std::string& prefix) {
    const std::string message = refusal_of(training(), prefix);
    const std::string before = "load_module: safetensors does not fit the module (nothing fits under the prefix ";
    CHECK_THAT(message, Catch::StartsWith(before) && Contains("Missing key(s): \"" + prefix + "bias\""));
    return message.substr(before.size(), message.find('\n') - before.size());
  };
  CHECK(answer("module.") == "\"module.\": is it another one? the file has \"adam.\", \"model.\")");
  CHECK(answer("module.decoder.") == "\"module.decoder.\": is it another one? the file has \"adam.\", \"model.\")");
  CHECK(answer("model.coder.")
        == "\"model.coder.\": is it another one? the file has \"model.decoder.\", \"model.encoder.\")");
  CHECK(answer("model.decoder")  // without its dot
        == "\"model.decoder\": is it another one? the file has \"model.decoder.\", \"model.encoder.\")");
  CHECK(answer("model.") == "\"model.\": is it another one? the file has \"adam.\", \"model.\")");
  CHECK_THAT(refusal_of({{{"weight", Tensor<>({2})}}, {}}, "model."),
             Contains("is it another one? no name in the file has a prefix)"));
}

TEST_CASE("a name that the file has already is refused, and the file stays as it was") {
  SafetensorsFile file;
  file.tensors["model.weight"] = Tensor<>({1});
  CHECK(message_of<ArgumentError>([&] { add_module(file, layer_from(1), "model."); })
        == "add_module: the file has a tensor \"model.weight\" already, expected a free name (was the same added "
           "twice, or does something else have this prefix?)");
  CHECK(file.tensors.size() == 1);
}
