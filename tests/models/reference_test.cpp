#include "support/catch.hpp"
#include <unroll/models.hpp>
#include <unroll/models/files/state_dict.hpp>

#include <cmath>
#include <cstdlib>
#include <filesystem>

// Recurrent layers computed by libtorch 1.13.1 in double precision: weights, inputs, outputs and every gradient, for
// the loss Σ output · cotangent.output + Σ hn · cotangent.hn (+ Σ cn · cotangent.cn). In ragged files each sequence was
// run alone on its own steps. UNROLL_REFERENCE_DIR names another folder of such files.
using namespace unroll;

namespace {

std::vector<std::filesystem::path> reference_files() {
  const char* const other = std::getenv("UNROLL_REFERENCE_DIR");
  std::vector<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(other != nullptr ? other : UNROLL_TEST_DATA "/models/reference")) {
    if (entry.path().extension() == ".safetensors") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// The largest error over the largest magnitude of a tensor.
template <class Scalar>
double relative_error(TensorView<const Scalar> ours, const Tensor<double>& reference) {
  if (ours.shape() != reference.shape()) return INFINITY;
  double error = 0, magnitude = 0;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    error = std::max(error, std::abs(static_cast<double>(ours[i]) - reference[i]));
    magnitude = std::max(magnitude, std::abs(reference[i]));
  }
  return magnitude == 0 ? error : error / magnitude;
}

/// Layers of one reference file, loaded under PyTorch's names from what is left of it.
template <class Layer>
Layers<Layer> load_layers(const SafetensorsFile& file) {
  const auto number = [&](const char* key) { return static_cast<std::size_t>(std::stoul(file.metadata.at(key))); };
  Layers<Layer> layers(number("layers"), {.inputs = number("input_size"), .hidden = number("hidden_size")}, Random(1));
  SafetensorsFile weights{{}, {}, file.source};
  for (const auto& [name, tensor] : file.tensors)
    if (name.starts_with("weight_") || name.starts_with("bias_")) weights.tensors.emplace(name, tensor);
  load_state_dict(weights, layers);
  return layers;
}

/// The lengths of a ragged file; those of the others are T.
std::vector<std::size_t> lengths_of(const SafetensorsFile& file) {
  const Shape input = shape_of(file.tensors.at("input"));
  if (!file.tensors.contains("lengths")) return std::vector<std::size_t>(input[1], input[0]);
  const auto lengths = file.get<std::int64_t>("lengths");
  return {lengths.begin(), lengths.end()};
}

/// The states of the cells of a stack, in PyTorch's order: layer by layer, forward before backward.
template <class State>
void for_each_cell_state(State& state, auto&& visit) {
  for (auto& layer : state.layers)
    if constexpr (requires { layer.backward; })
      visit(layer.forward), visit(layer.backward);
    else
      visit(layer);
}

/// Everything that a stack computes, by PyTorch's names: compare it with `check(name, ours)`.
template <class Scalar, class Layer, class Check>
void run(const SafetensorsFile& file, Layers<Layer> layers, const Check& check) {
  const auto read = [&](const std::string& name) { return cast<Scalar>(file.get<double>(name)); };
  const bool has_cell = file.tensors.contains("c0");
  const auto lengths = lengths_of(file);
  Tape<Scalar> tape;
  const auto inputs = tape.input(read("input")), h0 = tape.input(read("h0"));
  const auto c0 = has_cell ? tape.input(read("c0")) : h0;
  auto state = initial_state(layers, tape, lengths.size());
  std::size_t cell = 0;
  for_each_cell_state(state, [&](auto& of_cell) {
    of_cell.hidden = at_step(h0, cell);
    if constexpr (requires { of_cell.cell; }) of_cell.cell = at_step(c0, cell);
    ++cell;
  });
  const auto unrolled = unroll::run(layers, inputs, {.state = state, .lengths = lengths});
  std::vector<Variable<Scalar>> last_hidden, last_cell;
  for_each_cell_state(unrolled.state, [&](const auto& of_cell) {
    last_hidden.push_back(of_cell.hidden);
    if constexpr (requires { of_cell.cell; }) last_cell.push_back(of_cell.cell);
  });
  const auto hn = stack(last_hidden);
  check("output", unrolled.outputs.value());
  check("hn", hn.value());

  const auto output_cotangent = read("cotangent.output"), hn_cotangent = read("cotangent.hn");
  std::vector<Seed<Scalar>> seeds{{unrolled.outputs, output_cotangent}, {hn, hn_cotangent}};
  Tensor<Scalar> cn_cotangent;
  if (has_cell) {
    const auto cn = stack(last_cell);
    check("cn", cn.value());
    cn_cotangent = read("cotangent.cn");
    seeds.push_back({cn, cn_cotangent});
  }
  tape.backward(seeds);
  check("gradient.input", inputs.gradient());
  check("gradient.h0", h0.gradient());
  if (has_cell) check("gradient.c0", c0.gradient());
  for (const auto& [name, parameter] : parameters_of<Scalar>(layers))
    check("gradient." + pytorch_name(name), {tape.gradient_of(*parameter), parameter->shape()});
}

template <class Scalar, class Layer>
void compare_layers(const SafetensorsFile& file, double tolerance) {
  std::size_t compared = 0;
  run<Scalar>(file, load_layers<Layer>(file), [&](const std::string& name, TensorView<const Scalar> ours) {
    INFO(file.source << ": " << name);
    CHECK(relative_error(ours, file.get<double>(name)) < tolerance);
    ++compared;
  });
  // Not one gradient of the file was left out.
  std::size_t expected = 0;
  for (const auto& [name, tensor] : file.tensors)
    expected += name.starts_with("gradient.") || name == "output" || name == "hn" || name == "cn";
  CHECK(compared == expected);
}

template <class Scalar, template <class> class Cell>
void compare_with(const SafetensorsFile& file, double tolerance) {
  if (file.metadata.at("bidirectional") == "true")
    compare_layers<Scalar, Bidirectional<Cell<Scalar>>>(file, tolerance);
  else
    compare_layers<Scalar, Cell<Scalar>>(file, tolerance);
}

template <class Scalar>
using ReluCell = RnnCell<Scalar, activation::Relu>;
template <class Scalar>
using TanhCell = RnnCell<Scalar, activation::Tanh>;

template <class Scalar>
void compare(const SafetensorsFile& file, double tolerance) {
  const std::string cell = file.metadata.at("cell");
  if (cell == "lstm") return compare_with<Scalar, LstmCell>(file, tolerance);
  if (cell == "gru") return compare_with<Scalar, GruCell>(file, tolerance);
  if (cell == "rnn_relu") return compare_with<Scalar, ReluCell>(file, tolerance);
  REQUIRE(cell == "rnn_tanh");
  compare_with<Scalar, TanhCell>(file, tolerance);
}

}  // namespace

TEST_CASE("outputs, last states and every gradient are libtorch's to 1e-10 in double, and to 1e-4 in float",
          "[reference]") {
  const auto files = reference_files();
  REQUIRE_FALSE(files.empty());
  if (std::getenv("UNROLL_REFERENCE_DIR") == nullptr) CHECK(files.size() == 47);
  for (const auto& path : files) {
    const auto file = read_safetensors(path);
    compare<double>(file, 1e-10);
    compare<float>(file, 1e-4);
  }
}
