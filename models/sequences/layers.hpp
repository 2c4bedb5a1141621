#pragma once

#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/framework/errors/sizes.hpp>
#include <unroll/models/layers/dropout.hpp>
#include <unroll/models/sequences/run_layer.hpp>
#include <unroll/ops/arithmetic.hpp>

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace unroll::inline v0 {

namespace detail {
/// Throws ArgumentError unless a stack has a layer, and a state for each.
void expect_layers(std::size_t layers, std::size_t states);
/// Throws ShapeError: layer `layer` has a residual connection from inputs that are not as wide as its outputs.
void expect_residual(std::size_t layer, const Shape& inputs, const Shape& outputs);

/// The step context for the cells of a layer. The dropout before the layer takes noise->split(layer), so the cells take
/// another split of it.
inline StepContext context_of_layer(const StepContext& begin, std::size_t layer) {
  return {split(split(begin.noise, layer), 0), begin.step};
}

/// Dropout of the inputs of a layer. Ragged rows lose what they lose in the whole sequences.
template <class Scalar>
Variable<Scalar> drop_inputs(const Dropout& dropout, const SequenceBatch<Scalar>& inputs, const StepContext& begin,
                             std::size_t layer) {
  const Noise noise = split(begin.noise, layer);
  const Shape shape = inputs.data.shape();
  if (inputs.ragged == nullptr) return dropout(inputs.data, noise, begin.step * shape.after(0));
  if (!noise) return inputs.data;
  const std::size_t first = begin.step * inputs.ragged->batch * shape[2];
  const auto rows = reshape(inputs.data, {shape[1], shape[2]});
  return reshape(dropout_rows(rows, dropout.rate, *noise, first, inputs.ragged->rows), shape);
}

/// Runs the lowest layer of a stack.
template <class Layer, class Scalar>
auto run_lowest(const Layer& layer, const SequenceBatch<Scalar>& inputs, const typename Layer::State& state,
                const StepContext& begin, const Starts& starts) {
  const Scope scope(inputs.data.tape(), "layer", 0, CallSite());
  return run_layer(layer, inputs, state, context_of_layer(begin, 0), starts);
}

/// Runs one layer of a stack, above another.
template <class Layer, class Scalar>
Unrolled<Scalar, typename Layer::State> run_upper(const Layer& layer, std::size_t index,
                                                  const SequenceBatch<Scalar>& inputs,
                                                  const typename Layer::State& state, const StepContext& begin,
                                                  const Starts& starts, const Dropout& dropout, bool residual) {
  const Scope scope(inputs.data.tape(), "layer", index, CallSite());
  const SequenceBatch<Scalar> dropped{drop_inputs(dropout, inputs, begin, index), inputs.ragged};
  auto unrolled = run_layer(layer, dropped, state, context_of_layer(begin, index), starts);
  if (!residual) return unrolled;
  expect_residual(index, inputs.data.shape(), unrolled.outputs.shape());
  unrolled.outputs = unrolled.outputs + inputs.data;
  return unrolled;
}
}  // namespace detail

/// A stack of layers of one kind, cells or layers made of cells (Bidirectional, Reversed): each reads the outputs of
/// the one below. While training, the stack drops inputs between layers (not after the last), as in PyTorch. With
/// `residual`, every layer but the first adds the outputs of the one below, as they were before dropout, to its own (Wu
/// et al. 2016, arXiv:1609.08144); run throws ShapeError unless they have one width. Layers of several kinds make a
/// Stack.
template <Recurrent Cell>
struct Layers {
  /// The states of the layers, lowest first, in the tape's memory.
  struct State {
    std::span<typename Cell::State> layers;  ///< one for each layer
    /// Calls visit(variable) for every Variable (state.hpp).
    static void visit_variables(auto& self, auto&& visit) {
      for (auto& layer : self.layers) for_each_variable(layer, visit);
    }
  };

  std::vector<Cell> cells;  ///< the layers, lowest first
  Dropout dropout{0};       ///< of the inputs of every layer but the first
  bool residual = false;    ///< adds the inputs of every layer but the first to its outputs: deep stacks train better

  Layers() = default;
  /// Takes over cells, lowest first. Throws ArgumentError unless the rate is in [0, 1).
  explicit Layers(std::vector<Cell> stack, double dropout_rate = 0) : cells(std::move(stack)), dropout{dropout_rate} {
    expect_in("Layers", "dropout_rate", dropout_rate, below_one);
  }
  /// `count` layers with the same options, except that every layer but the first has as many inputs as the one below
  /// has outputs. Throws ArgumentError unless the rate is in [0, 1), what the cell's constructor throws, and Error when
  /// memory does not hold so many layers.
  template <class C = Cell>
  Layers(std::size_t count, typename C::Options options, const Random& random, double dropout_rate = 0)
      : dropout{dropout_rate} {
    expect_in("Layers", "dropout_rate", dropout_rate, below_one);
    detail::make_room("Layers", cells, count);
    for (std::size_t layer = 0; layer < count; ++layer, options.inputs = cells.back().hidden_size())
      cells.emplace_back(options, random.split(layer));
  }

  /// The same stack of cells of another type: for derivatives, of DualNumber.
  template <class Other>
  requires std::is_constructible_v<Cell, const Other&>
  explicit Layers(const Layers<Other>& other)
      : cells(other.cells.begin(), other.cells.end()), dropout(other.dropout), residual(other.residual) {}

  /// H of the highest layer. Throws ArgumentError when there is no layer.
  std::size_t hidden_size() const {
    detail::expect_layers(cells.size(), cells.size());
    return cells.back().hidden_size();
  }

  /// The state before the first step, for `batch` sequences.
  template <class Scalar>
  State initial_state(Tape<Scalar>& tape, std::size_t batch) const {
    const State state{tape.template scratch<typename Cell::State>(cells.size())};
    for (std::size_t layer = 0; layer < cells.size(); ++layer)
      state.layers[layer] = unroll::initial_state(cells[layer], tape, batch);
    return state;
  }

  /// Runs layer by layer over a batch; `run` calls this. Throws ArgumentError unless the state has a part for each
  /// layer.
  template <class Scalar>
  Unrolled<Scalar, State> run(const SequenceBatch<Scalar>& batch, const State& state, const StepContext& begin,
                              const Starts& starts = {}) const {
    detail::expect_layers(cells.size(), state.layers.size());
    const auto lowest = detail::run_lowest(cells[0], batch, state.layers[0], begin, starts);
    Variable<Scalar> outputs = lowest.outputs;
    const auto last = outputs.tape().template scratch<typename Cell::State>(cells.size());
    last[0] = lowest.state;
    for (std::size_t layer = 1; layer < cells.size(); ++layer) {
      const auto unrolled = detail::run_upper(cells[layer], layer, SequenceBatch<Scalar>{outputs, batch.ragged},
                                              state.layers[layer], begin, starts, dropout, residual);
      outputs = unrolled.outputs;
      last[layer] = unrolled.state;
    }
    return {outputs, {last}};
  }
  /// The layer that reads the inputs, and its state. Throws ArgumentError when there is no layer, or the state has
  /// another number of layers.
  friend std::pair<const Cell&, const typename Cell::State&> lowest_of(const Layers& layers, const State& state) {
    detail::expect_layers(layers.cells.size(), state.layers.size());
    return {layers.cells[0], state.layers[0]};
  }

  /// Members are named by their index: "0.input_weight", "1.input_weight".
  static void members(auto& self, auto&& visit) {
    for (std::size_t layer = 0; layer < self.cells.size(); ++layer) visit(std::to_string(layer), self.cells[layer]);
  }
};

}  // namespace unroll::inline v0
