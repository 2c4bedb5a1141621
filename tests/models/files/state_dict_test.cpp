#include "support/catch.hpp"
#include "support/messages.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models.hpp>
#include <unroll/models/files/state_dict.hpp>

#include <array>

using namespace unroll;
using Catch::Contains;

namespace {

struct Cell {
  Parameter<double> input_weight, hidden_weight, input_bias, hidden_bias;
  Cell(std::size_t gates, std::size_t inputs, std::size_t hidden)
      : input_weight(Tensor<double>({gates * hidden, inputs})),
        hidden_weight(Tensor<double>({gates * hidden, hidden})),
        input_bias(Tensor<double>({gates * hidden})),
        hidden_bias(Tensor<double>({gates * hidden})) {}
  static void members(auto& self, auto&& visit) {
    visit("input_weight", self.input_weight);
    visit("hidden_weight", self.hidden_weight);
    visit("input_bias", self.input_bias);
    visit("hidden_bias", self.hidden_bias);
  }
};

/// Layers under their numbers, and no name above: nn.LSTM itself.
struct TorchStack {
  std::vector<Cell> layers;
  static void members(auto& self, auto&& visit) {
    for (std::size_t layer = 0; layer < self.layers.size(); ++layer)
      visit(std::to_string(layer).c_str(), self.layers[layer]);
  }
};

struct Network {
  std::vector<Cell> layers;
  Cell cell;
  Parameter<double> weight;
  static void members(auto& self, auto&& visit) {
    visit("lstm", self.layers);
    visit("cell", self.cell);
    visit("weight", self.weight);
  }
};

/// What Network has under the same name.
struct Part {
  Parameter<double> weight{Tensor<double>({1})};
  static void members(auto& self, auto&& visit) { visit("weight", self.weight); }
};

/// The layers of a reference file without what was computed with them.
SafetensorsFile parameters_only(SafetensorsFile file) {
  std::erase_if(file.tensors, [](const auto& named) {
    return !named.first.starts_with("weight_") && !named.first.starts_with("bias_");
  });
  return file;
}

std::size_t number(const SafetensorsFile& file, const char* key) { return std::stoul(file.metadata.at(key)); }

}  // namespace

TEST_CASE("a layer in a stack is named as in PyTorch's recurrent layers") {
  CHECK(pytorch_name("0.input_weight") == "weight_ih_l0");
  CHECK(pytorch_name("12.hidden_weight") == "weight_hh_l12");
  CHECK(pytorch_name("0.projection_weight") == "weight_hr_l0");
  CHECK(pytorch_name("lstm.0.input_bias") == "lstm.bias_ih_l0");
  CHECK(pytorch_name("a.3.lstm.1.hidden_bias") == "a.3.lstm.bias_hh_l1");
}

TEST_CASE("the directions of a layer are told apart as in PyTorch, and one that is in no stack is its first layer") {
  CHECK(pytorch_name("0.forward.input_weight") == "weight_ih_l0");
  CHECK(pytorch_name("encoder.2.backward.hidden_bias") == "encoder.bias_hh_l2_reverse");
  CHECK(pytorch_name("encoder.forward.hidden_weight") == "encoder.weight_hh_l0");
  CHECK(pytorch_name("backward.input_bias") == "bias_ih_l0_reverse");
  CHECK(pytorch_name("backward.weight") == "backward.weight");
}

TEST_CASE("layers of two directions are saved under PyTorch's names, and come back") {
  const TemporaryDirectory directory;
  const auto reference =
      parameters_only(read_safetensors(UNROLL_TEST_DATA "/models/reference/lstm_layers2_bidirectional.safetensors"));
  const std::size_t inputs = shape_of(reference.tensors.at("weight_ih_l0"))[1];
  const std::size_t hidden = shape_of(reference.tensors.at("weight_hh_l0"))[1];
  Layers<Bidirectional<LstmCell<double>>> layers(2, {.inputs = inputs, .hidden = hidden}, Random(1));
  load_state_dict(reference, layers);
  CHECK(layers.cells[1].backward.weights.input_weight.value() == reference.get<double>("weight_ih_l1_reverse"));
  save_state_dict(directory / "saved", layers);
  CHECK(read_safetensors(directory / "saved").tensors == reference.tensors);
}

TEST_CASE("a cell alone is named as PyTorch's cells, and everything else keeps its name") {
  CHECK(pytorch_name("cell.input_weight") == "cell.weight_ih");
  CHECK(pytorch_name("hidden_bias") == "bias_hh");
  CHECK(pytorch_name("1a.input_bias") == "1a.bias_ih");
  CHECK(pytorch_name("0.weight") == "0.weight");
  CHECK(pytorch_name("norm.0.my_input_weight") == "norm.0.my_input_weight");
  CHECK(pytorch_name("input_weight.0") == "input_weight.0");
  CHECK(pytorch_name("output.bias") == "output.bias");
  CHECK(pytorch_name("").empty());
}

TEST_CASE("every reference layer of PyTorch loads, and is saved with the same names, shapes and numbers") {
  const TemporaryDirectory directory;
  for (const auto& [kind, gates] :
       {std::pair{"rnn_tanh", 1U}, std::pair{"rnn_relu", 1U}, std::pair{"lstm", 4U}, std::pair{"gru", 3U}})
    for (const char* layers : {"1", "2", "3"}) {
      const auto reference = read_safetensors(std::string(UNROLL_TEST_DATA "/models/reference/") + kind + "_layers"
                                              + layers + ".safetensors");
      CHECK(reference.metadata.at("cell") == kind);
      const std::size_t hidden = number(reference, "hidden_size");
      TorchStack stack;
      for (std::size_t layer = 0; layer < number(reference, "layers"); ++layer)
        stack.layers.emplace_back(gates, layer == 0 ? number(reference, "input_size") : hidden, hidden);
      const SafetensorsFile parameters = parameters_only(reference);
      REQUIRE(parameters.tensors.size() == 4 * stack.layers.size());
      load_state_dict(parameters, stack);
      CHECK(stack.layers.back().hidden_weight.value()
            == reference.get<double>("weight_hh_l" + std::to_string(stack.layers.size() - 1)));
      save_state_dict(directory / "saved", stack);
      CHECK(read_safetensors(directory / "saved").tensors == parameters.tensors);
    }
}

TEST_CASE("a state dict keeps metadata and says that it is one of PyTorch's") {
  const TemporaryDirectory directory;
  Network network{{Cell(4, 2, 3), Cell(4, 3, 3)}, Cell(3, 1, 2), Parameter<double>(Tensor<double>({1}, 5))};
  save_state_dict(directory / "model", network, {{"cell", "lstm"}});
  network.weight.mutable_value()[0] = 0;
  CHECK(load_state_dict(directory / "model", network)
        == std::map<std::string, std::string>{{"cell", "lstm"}, {"format", "pt"}});
  CHECK(network.weight.value()[0] == 5);
  std::vector<std::string> names;
  for (const auto& tensor : read_safetensors_header(directory / "model").tensors) names.push_back(tensor.name);
  CHECK(names
        == std::vector<std::string>{"cell.bias_hh", "cell.bias_ih", "cell.weight_hh", "cell.weight_ih",
                                    "lstm.bias_hh_l0", "lstm.bias_hh_l1", "lstm.bias_ih_l0", "lstm.bias_ih_l1",
                                    "lstm.weight_hh_l0", "lstm.weight_hh_l1", "lstm.weight_ih_l0", "lstm.weight_ih_l1",
                                    "weight"});
}

TEST_CASE("a state dict that does not fit is refused in PyTorch's names") {
  TorchStack stack{{Cell(3, 2, 4)}};
  SafetensorsFile file = to_safetensors(stack, {}, pytorch_name);
  file.tensors.erase("bias_hh_l0");
  file.tensors["weight_ih_l0"] = Tensor<double>({16, 2});
  CHECK_THAT(message_of<FileError>([&] { load_state_dict(file, stack); }),
             Contains("Missing key(s): \"bias_hh_l0\"")
                 && Contains("size mismatch for \"weight_ih_l0\": the file has [16, 2], the module has [12, 2]"));
}

TEST_CASE("layers that PyTorch made with bias=False load with biases of zero when the load says so") {
  const TemporaryDirectory directory;
  const auto zeroed = [](const auto& layers) {
    auto copy = layers;
    for_each_parameter(copy, [](const std::string& path, auto& parameter) {
      if (path.ends_with("bias")) parameter.mutable_value()->assign(Tensor<double>(parameter.shape()));
    });
    return copy;
  };
  const auto check = [&](auto layers) {
    SafetensorsFile file = to_safetensors(layers, {}, pytorch_name);
    std::erase_if(file.tensors, [](const auto& named) { return named.first.find("bias") != std::string::npos; });
    const auto message = message_of<FileError>([&] { load_state_dict(file, layers); });
    CHECK_THAT(message, Contains("Missing key(s): ") && Contains("give the load {.zero_missing_biases = true}"));
    const auto expected = to_safetensors(zeroed(layers)).tensors;
    SECTION("from memory") { load_state_dict(file, layers, {.zero_missing_biases = true}); }
    SECTION("from a file") {
      write_safetensors(directory / "model", file);
      load_state_dict(directory / "model", layers, {.zero_missing_biases = true});
    }
    CHECK(to_safetensors(layers).tensors == expected);
  };
  SECTION("RNN") { check(Layers<RnnCell<double>>(2, {.inputs = 2, .hidden = 3}, Random(1))); }
  SECTION("GRU") { check(Layers<GruCell<double>>(2, {.inputs = 2, .hidden = 3}, Random(1))); }
  SECTION("LSTM of two directions") {
    check(Layers<Bidirectional<LstmCell<double>>>(2, {.inputs = 2, .hidden = 3}, Random(1)));
  }
  SECTION("a cell alone") { check(LstmCell<double>({.inputs = 2, .hidden = 3}, Random(1))); }
  SECTION("Linear") { check(Linear<double>({.inputs = 2, .outputs = 3}, Random(1))); }
}

TEST_CASE("a layer that lacks one of its biases is refused, whatever the load says") {
  Layers<LstmCell<>> layers(2, {.inputs = 2, .hidden = 3}, Random(1));
  SafetensorsFile file = to_safetensors(layers, {}, pytorch_name);
  file.tensors.erase("bias_hh_l1");
  const auto before = to_safetensors(layers).tensors;
  CHECK_THAT(message_of<FileError>([&] { load_state_dict(file, layers, {.zero_missing_biases = true}); }),
             Contains("Missing key(s): \"bias_hh_l1\"") && !Contains("give the load"));
  CHECK(to_safetensors(layers).tensors == before);
}

TEST_CASE("a module loads from the file of a model that it is a part of") {
  Network network{{Cell(4, 2, 3)}, Cell(3, 1, 2), Parameter<double>(Tensor<double>({1}, 5))};
  Part part;
  const auto file = to_safetensors(network, {}, pytorch_name);
  CHECK_THAT(message_of<FileError>([&] { load_state_dict(file, part); }),
             Contains("give the load {.ignore_unexpected = true}: what is unexpected then stays in the file"));
  load_state_dict(file, part, {.ignore_unexpected = true});
  CHECK(part.weight.value()[0] == 5);
}
