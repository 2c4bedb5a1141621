#include "support/catch.hpp"
#include "support/messages.hpp"
#include "support/sparse_file.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/module_file.hpp>

#include <fmt/format.h>

#include <cmath>
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

TEST_CASE("a tied parameter is loaded from whichever of its names is there, or from all when they agree") {
  Tied loaded{Parameter<>(Tensor<>({2}))};
  const Tensor<> numbers({2}, {1, std::numeric_limits<float>::quiet_NaN()}), wide({3});
  SafetensorsFile file;
  SECTION("the first") { file.tensors = {{"input", numbers}}; }
  SECTION("the other") { file.tensors = {{"output", numbers}}; }
  SECTION("both, and of two types") { file.tensors = {{"input", numbers}, {"output", cast<double>(numbers)}}; }
  load_module(file, loaded);
  CHECK(loaded.weight.value()[0] == 1);
  CHECK(std::isnan(loaded.weight.value()[1]));
  file.tensors["output"] = wide;
  CHECK_THAT(message_of<FileError>([&] { load_module(file, loaded); }), Contains("size mismatch for \"output\""));
  file.tensors.clear();
  CHECK_THAT(message_of<FileError>([&] { load_module(file, loaded); }),
             Contains("Missing key(s): \"input\" (or \"output\")"));
}

TEST_CASE("numbers that differ under the names of a tied parameter are refused with both names") {
  Tied loaded{Parameter<>(Tensor<>({2}, {7, 8}))};
  SafetensorsFile file{{{"input", Tensor<>({2}, {1, 2})}, {"output", Tensor<>({2}, {1, 3})}}, {}};
  CHECK_THAT(message_of<FileError>([&] { load_module(file, loaded); }),
             Contains("\"input\" and \"output\" are one tied parameter there, but are 2 and 3 at 1 in the file")
                 && Contains("erase the other from its tensors"));
  CHECK(loaded.weight.value() == Tensor<>({2}, {7, 8}));
  file.tensors.erase("output");
  load_module(file, loaded);
  CHECK(loaded.weight.value() == Tensor<>({2}, {1, 2}));
}

TEST_CASE("tensors that the module has no parameter for stay in the file when the load says so") {
  const TemporaryDirectory directory;
  auto file = to_safetensors(model_from(1));
  file.tensors["other.weight"] = Tensor<float>({5});
  file.tensors["batches"] = Tensor<std::int64_t>(Shape{}, 3);
  auto model = model_from(100);
  CHECK(message_of<FileError>([&] { load_module(file, model); })
        == "load_module: safetensors does not fit the module (was it saved by a model with other settings?)\n"
           "  Unexpected key(s): \"batches\", \"other.weight\"\n"
           "  If that is what you want, give the load {.ignore_unexpected = true}: what is unexpected then stays in the "
           "file");
  SECTION("from memory") { load_module(file, model, {.ignore_unexpected = true}); }
  SECTION("from a file") {
    write_safetensors(directory / "model", file);
    load_module(directory / "model", model, {.ignore_unexpected = true});
  }
  SECTION("under other names") {
    auto renamed = to_safetensors(model_from(1), {}, [](const std::string& path) { return "net." + path; });
    renamed.tensors["scale"] = Tensor<float>(Shape{}, -1);
    load_module(renamed, model, {.ignore_unexpected = true}, [](const std::string& path) { return "net." + path; });
  }
  CHECK(numbers(model) == numbers(model_from(1)));
  file.tensors.erase("scale");
  CHECK_THAT(message_of<FileError>([&] { load_module(file, model, {.ignore_unexpected = true}); }),
             Contains("Missing key(s): \"scale\"") && !Contains("Unexpected") && !Contains("give the load"));
}

TEST_CASE("a layer without any bias in the file gets zeros when the load says so") {
  auto file = to_safetensors(model_from(1));
  file.tensors.erase("layers.1.bias");
  auto model = model_from(100);
  CHECK(message_of<FileError>([&] { load_module(file, model); })
        == "load_module: safetensors does not fit the module (was it saved by a model with other settings?)\n"
           "  Missing key(s): \"layers.1.bias\"\n"
           "  If that is what you want, give the load {.zero_missing_biases = true}: layers without any bias then get "
           "zeros for them");
  load_module(file, model, {.zero_missing_biases = true});
  CHECK(model.layers[0].bias.value() == model_from(1).layers[0].bias.value());
  CHECK(model.layers[1].bias.value() == Tensor<>({3}));

  file.tensors["more"] = Tensor<float>();
  const char* const both = "give the load {.ignore_unexpected = true, .zero_missing_biases = true}";
  CHECK_THAT(message_of<FileError>([&] { load_module(file, model); }), Contains(both));
  CHECK_THAT(message_of<FileError>([&] { load_module(file, model, {.zero_missing_biases = true}); }), Contains(both));
  CHECK_THAT(message_of<FileError>([&] { load_module(file, model, {.ignore_unexpected = true}); }), Contains(both));
  load_module(file, model, {.ignore_unexpected = true, .zero_missing_biases = true});

  file.tensors.erase("layers.1.weight");  // not a layer without biases: no layer at all
  CHECK_THAT(message_of<FileError>(
                 [&] { load_module(file, model, {.ignore_unexpected = true, .zero_missing_biases = true}); }),
             Contains("Missing key(s): \"layers.1.bias\", \"layers.1.weight\"") && !Contains("give the load"));
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
