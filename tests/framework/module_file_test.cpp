#include "support/catch.hpp"
#include "support/messages.hpp"
#include "support/sparse_file.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/error.hpp>
#include <unroll/framework/module_file.hpp>

#include <fmt/format.h>

#include <fstream>
#include <limits>

using namespace unroll;
using Catch::Contains;

namespace {

template <class Scalar = float>
struct Layer {
  Parameter<Scalar> weight, bias;
  static void members(auto& self, auto&& visit) {
    visit("weight", self.weight);
    visit("bias", self.bias);
  }
};

template <class Scalar = float>
struct Model {
  std::vector<Layer<Scalar>> layers;
  Parameter<Scalar> scale;
  static void members(auto& self, auto&& visit) {
    visit("layers", self.layers);
    visit("scale", self.scale);
  }
};

/// A module whose output weight is its input weight.
struct Tied {
  Parameter<> weight;
  static void members(auto& self, auto&& visit) {
    visit("input", self.weight);
    visit("output", self.weight);
  }
};

/// Two layers and a scalar, filled with `first`, `first + 1`, ...
template <class Scalar = float>
Model<Scalar> model_from(double first, std::size_t hidden = 3) {
  Model<Scalar> model;
  model.layers.resize(2);
  for (auto& layer : model.layers) {
    layer.weight = Parameter<Scalar>(Tensor<Scalar>({2, hidden}));
    layer.bias = Parameter<Scalar>(Tensor<Scalar>({hidden}));
  }
  model.scale = Parameter<Scalar>(Tensor<Scalar>(Shape{}));
  for_each_parameter(model, [&](const std::string&, auto& parameter) {
    for (auto& value : parameter.mutable_value()) value = static_cast<Scalar>(first++);
  });
  return model;
}
template <class Scalar>
std::vector<double> numbers(const Model<Scalar>& model) {
  std::vector<double> all;
  for_each_parameter(model, [&](const std::string&, const auto& parameter) {
    all.insert(all.end(), parameter.value().begin(), parameter.value().end());
  });
  return all;
}

}  // namespace

TEST_CASE("a module that is saved is loaded again, with its metadata") {
  const TemporaryDirectory directory;
  const auto saved = model_from(1);
  save_module(directory / "model", saved, {{"hidden", "3"}});
  auto loaded = model_from(100);
  const auto version = loaded.scale.version();
  const float* const memory = loaded.layers[0].weight.value().data();
  CHECK(load_module(directory / "model", loaded) == std::map<std::string, std::string>{{"hidden", "3"}});
  CHECK(numbers(loaded) == numbers(saved));
  CHECK(loaded.scale.version() > version);
  CHECK(loaded.layers[0].weight.value().data() == memory);
}

TEST_CASE("parameters stand in a file under their paths, or under what they are renamed to") {
  const auto model = model_from(1);
  const auto plain = to_safetensors(model);
  CHECK(plain.tensors.size() == 5);
  CHECK(plain.get<float>("layers.1.bias") == model.layers[1].bias.value());
  const auto rename = [](std::string_view path) { return "net." + std::string(path); };
  const auto renamed = to_safetensors(model, {}, rename);
  CHECK(renamed.get<float>("net.scale") == model.scale.value());
  auto loaded = model_from(100);
  load_module(renamed, loaded, rename);
  CHECK(numbers(loaded) == numbers(model));
}

TEST_CASE("float files load into double modules and double files into float ones") {
  const auto single = model_from<float>(0.1);
  auto wide = model_from<double>(100);
  load_module(to_safetensors(single), wide);
  CHECK(numbers(wide) == numbers(single));
  const auto precise = model_from<double>(0.1);
  auto narrow = model_from<float>(100);
  load_module(to_safetensors(precise), narrow);
  CHECK(narrow.scale.value()[0] == static_cast<float>(precise.scale.value()[0]));
}

TEST_CASE("everything that does not fit is listed at once, and the module stays as it was") {
  const TemporaryDirectory directory;
  SafetensorsFile file = to_safetensors(model_from(1, 4));
  file.tensors.erase("layers.0.bias");
  file.tensors.erase("layers.1.bias");
  file.tensors["layers.2.weight"] = Tensor<float>({1});
  file.tensors["e\x1b"] = Tensor<float>({1});
  file.tensors["scale"] = Tensor<std::int64_t>(Shape{});
  auto model = model_from(100);
  const auto before = numbers(model);
  CHECK(message_of<FileError>([&] { load_module(file, model); })
        == "load_module: safetensors does not fit the module (was it saved by a model with other settings?)\n"
           "  Missing key(s): \"layers.0.bias\", \"layers.1.bias\"\n"
           "  Unexpected key(s): \"e\\x1b\", \"layers.2.weight\"\n"
           "  size mismatch for \"layers.0.weight\": the file has [2, 4], the module has [2, 3]\n"
           "  size mismatch for \"layers.1.weight\": the file has [2, 4], the module has [2, 3]\n"
           "  dtype mismatch for \"scale\": the file has I64, the module has F32 or F64");
  CHECK(numbers(model) == before);

  file.tensors.erase("e\x1b");
  write_safetensors(directory / "model", file);
  CHECK_THAT(message_of<FileError>([&] { load_module(directory / "model", model); }),
             Contains("/model\" does not fit the module") && Contains("Missing key(s): \"layers.0.bias\"")
                 && Contains("Unexpected key(s): \"layers.2.weight\""));
  CHECK(numbers(model) == before);
}

TEST_CASE("one thing that does not fit is named alone") {
  auto model = model_from(100);
  SafetensorsFile file = to_safetensors(model);
  file.tensors.erase("scale");
  CHECK(message_of<FileError>([&] { load_module(file, model); })
        == "load_module: safetensors does not fit the module (was it saved by a model with other settings?)\n"
           "  Missing key(s): \"scale\"");
}

TEST_CASE("a list of what does not fit has an end") {
  SafetensorsFile file;
  for (int i = 0; i < 1000; ++i) file.tensors[fmt::format("{:03}", i)] = Tensor<float>();
  auto model = model_from(100);
  CHECK_THAT(message_of<FileError>([&] { load_module(file, model); }),
             Contains("\"142\" and 857 more") && !Contains("\"143\""));
}

TEST_CASE("a file that does not fit is refused before memory is taken for its numbers") {
  const TemporaryDirectory directory;
  const auto path = sparse_file(directory, std::uint64_t{1} << 40U);
  auto model = model_from(100);
  CHECK_THAT(message_of<FileError>([&] { load_module(path, model); }), Contains("Unexpected key(s): \"w\""));
}

TEST_CASE("a file that fits but is damaged leaves the module as it was") {
  const TemporaryDirectory directory;
  save_module(directory / "model", model_from(1));
  std::fstream(directory / "model", std::ios::binary | std::ios::in | std::ios::out)
      .seekp(-1, std::ios::end)
      .put('\x55');
  auto model = model_from(100);
  const auto before = numbers(model);
  CHECK_THAT(message_of<FileError>([&] { load_module(directory / "model", model); }), Contains("the file is damaged"));
  CHECK(numbers(model) == before);
}

TEST_CASE("a tied parameter is saved once, under its first path") {
  const Tied tied{Parameter<>(Tensor<>({2}, {1, 2}))};
  const auto file = to_safetensors(tied);
  CHECK(file.tensors.size() == 1);
  Tied loaded{Parameter<>(Tensor<>({2}))};
  load_module(file, loaded);
  CHECK(loaded.weight.value() == tied.weight.value());
}

TEST_CASE("two parameters may not get one name") {
  auto model = model_from(1);
  const auto same = [](std::string_view) { return std::string("same"); };
  CHECK_THAT(message_of<ArgumentError>([&] { to_safetensors(model, {}, same); }),
             Contains("save_module: two parameters have the name \"same\" in a file"));
  CHECK_THAT(message_of<ArgumentError>([&] { load_module(to_safetensors(model), model, same); }),
             Contains("load_module: two parameters have the name \"same\" in a file"));
}

TEST_CASE("numbers that are not finite are found by name") {
  auto model = model_from(1);
  CHECK(all_finite(model));
  CHECK(nonfinite_parameters(model).empty());
  model.layers[1].bias.mutable_value()[2] = std::numeric_limits<float>::quiet_NaN();
  model.scale.mutable_value()[0] = -std::numeric_limits<float>::infinity();
  CHECK_FALSE(all_finite(model));
  CHECK(nonfinite_parameters(model) == std::vector<std::string>{"layers.1.bias", "scale"});
}
