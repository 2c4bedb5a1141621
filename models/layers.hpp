#pragma once

#include <unroll/models/dropout.hpp>
#include <unroll/models/unroll.hpp>

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace unroll::inline v0 {

namespace detail {
/// Throws ArgumentError: a stack needs a layer, and a state of as many.
void expect_layers(std::size_t layers, std::size_t states);
}  // namespace detail

/// A stack of cells of one kind: each layer reads the hidden states of the one below. While training, dropout is
/// applied between layers (not after the last), as in PyTorch.
template <RecurrentCell Cell>
struct Layers {
  /// The states of the layers, lowest first, in the tape's memory.
  struct State {
    std::span<typename Cell::State> layers;
    static void visit_variables(auto& self, auto&& visit) {
      for (auto& layer : self.layers) for_each_variable(layer, visit);
    }
  };

  std::vector<Cell> cells;
  Dropout dropout{0};

  Layers() = default;
  explicit Layers(std::vector<Cell> stack, double dropout_rate = 0) : cells(std::move(stack)), dropout{dropout_rate} {}
  /// `count` cells: the first as the options say, the others with its hidden size as inputs.
  template <class C = Cell>
  Layers(std::size_t count, typename C::Options options, const Random& random, double dropout_rate = 0)
      : dropout{dropout_rate} {
    for (std::size_t layer = 0; layer < count; ++layer, options.inputs = cells.back().hidden_size())
      cells.emplace_back(options, random.split(layer));
  }

  /// Throws ArgumentError when there is no layer.
  std::size_t hidden_size() const {
    detail::expect_layers(cells.size(), cells.size());
    return cells.back().hidden_size();
  }

  template <class Scalar>
  State initial_state(Tape<Scalar>& tape, std::size_t batch) const {
    const State state{tape.template scratch<typename Cell::State>(cells.size())};
    for (std::size_t layer = 0; layer < cells.size(); ++layer)
      state.layers[layer] = unroll::initial_state(cells[layer], tape, batch);
    return state;
  }

  /// Members are named by their place: "0.input_weight", "1.input_weight".
  static void members(auto& self, auto&& visit) {
    for (std::size_t layer = 0; layer < self.cells.size(); ++layer) visit(std::to_string(layer), self.cells[layer]);
  }
};

namespace detail {
/// The noise of a layer's own cell; noise->split(layer) is that of the dropout before it.
inline Noise noise_of_cell(const Noise& noise, std::size_t layer) {
  return noise ? Noise(noise->split(layer).split(0)) : Noise();
}

/// What a stack gives when its first layer has given `first`.
template <class Cell, class Scalar>
Unrolled<Scalar, typename Layers<Cell>::State> unroll_upper(const Layers<Cell>& layers,
                                                            const Unrolled<Scalar, typename Cell::State>& first,
                                                            const typename Layers<Cell>::State& state,
                                                            const Noise& noise, std::size_t first_step,
                                                            Where where = Where::current()) {
  Variable<Scalar> outputs = first.outputs;
  const auto last = outputs.tape().template scratch<typename Cell::State>(layers.cells.size());
  last[0] = first.state;
  for (std::size_t layer = 1; layer < layers.cells.size(); ++layer) {
    const Scope scope(outputs.tape(), "layer", layer, where);
    const Noise own = noise ? Noise(noise->split(layer)) : Noise();
    const auto inputs = layers.dropout(outputs, own, first_step * outputs.shape().after(0));
    const auto unrolled =
        unroll(layers.cells[layer], inputs, state.layers[layer], noise_of_cell(noise, layer), first_step, where);
    outputs = unrolled.outputs;
    last[layer] = unrolled.state;
  }
  return {outputs, {last}};
}
}  // namespace detail

/// Runs a stack over a sequence [T, N, D], layer by layer, from a state; `noise` only while training. A piece of a
/// longer sequence that begins there at `first_step` drops what the whole one drops.
template <class Cell, class Scalar>
Unrolled<Scalar, typename Layers<Cell>::State> unroll(const Layers<Cell>& layers, Variable<Scalar> inputs,
                                                      const typename Layers<Cell>::State& state,
                                                      const Noise& noise = {}, std::size_t first_step = 0,
                                                      Where where = Where::current()) {
  detail::expect_layers(layers.cells.size(), state.layers.size());
  const auto first = [&] {
    const Scope scope(inputs.tape(), "layer", 0, where);
    return unroll(layers.cells[0], inputs, state.layers[0], detail::noise_of_cell(noise, 0), first_step, where);
  }();
  return detail::unroll_upper(layers, first, state, noise, first_step, where);
}

/// From the layers' first states: zeros.
template <class Cell, class Scalar>
Unrolled<Scalar, typename Layers<Cell>::State> unroll(const Layers<Cell>& layers, Variable<Scalar> inputs,
                                                      Where where = Where::current()) {
  detail::expect_sequence(inputs.shape());
  return unroll(layers, inputs, initial_state(layers, inputs.tape(), inputs.shape()[1]), {}, 0, where);
}

}  // namespace unroll::inline v0
