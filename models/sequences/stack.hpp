#pragma once

#include <unroll/models/sequences/layers.hpp>

#include <string>
#include <tuple>
#include <utility>

namespace unroll::inline v0 {

/// Layers of several kinds, the lowest first: cells, Bidirectional, Reversed, or stacks. Dropout and residual
/// connections work as in Layers.
///
///     Stack encoder(Bidirectional<LstmCell<>>({.inputs = 64, .hidden = 128}, random.split(0)),
///                   LstmCell({.inputs = 256, .hidden = 256}, random.split(1)));
template <Recurrent... Kinds>
struct Stack {
  static_assert(sizeof...(Kinds) > 0, "a stack needs a layer");
  /// The states of the layers, lowest first.
  struct State {
    std::tuple<typename Kinds::State...> layers;  ///< one for each layer
    /// Calls visit(variable) for every Variable (state.hpp).
    static void visit_variables(auto& self, auto&& visit) {
      std::apply([&](auto&... layer) { (for_each_variable(layer, visit), ...); }, self.layers);
    }
  };

  std::tuple<Kinds...> layers;  ///< lowest first
  Dropout dropout{0};           ///< of the inputs of every layer but the first
  bool residual = false;        ///< adds the inputs of every layer but the first to its outputs

  /// Takes over the layers, lowest first.
  explicit Stack(Kinds... kinds) : layers(std::move(kinds)...) {}
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class... Others>
  requires(sizeof...(Others) == sizeof...(Kinds)
           && (std::is_constructible_v<Kinds, const Others&> && ...)) explicit Stack(const Stack<Others...>& other)
      : layers(other.layers), dropout(other.dropout), residual(other.residual) {}

  /// H, the width of the hidden state.
  std::size_t hidden_size() const { return std::get<sizeof...(Kinds) - 1>(layers).hidden_size(); }
  /// The state before the first step, for `batch` sequences.
  template <class Scalar>
  State initial_state(Tape<Scalar>& tape, std::size_t batch) const {
    return {std::apply([&](const auto&... layer) { return std::tuple{unroll::initial_state(layer, tape, batch)...}; },
                       layers)};
  }

  /// Runs layer by layer over a batch; `run` calls this.
  template <class Scalar>
  Unrolled<Scalar, State> run(const SequenceBatch<Scalar>& batch, const State& state, const StepContext& begin,
                              const Starts& starts = {}) const {
    Unrolled<Scalar, State> unrolled{batch.data, state};
    run_from<0>(batch, begin, starts, unrolled);
    return unrolled;
  }
  /// The layer that the inputs go to, and its state.
  friend auto lowest_of(const Stack& stack, const State& state) {
    return std::tie(std::get<0>(stack.layers), std::get<0>(state.layers));
  }

  /// Members are named by their index, as in Layers.
  static void members(auto& self, auto&& visit) {
    std::size_t index = 0;
    std::apply([&](auto&... layer) { (visit(std::to_string(index++), layer), ...); }, self.layers);
  }

 private:
  /// Each layer reads `unrolled.outputs` and its part of the state, and replaces them by its own results.
  template <std::size_t index, class Scalar>
  void run_from(const SequenceBatch<Scalar>& inputs, const StepContext& begin, const Starts& starts,
                Unrolled<Scalar, State>& unrolled) const {
    const auto& layer = std::get<index>(layers);
    auto& own = std::get<index>(unrolled.state.layers);
    const auto result = [&] {
      if constexpr (index == 0)
        return detail::run_lowest(layer, inputs, own, begin, starts);
      else
        return detail::run_upper(layer, index, inputs, own, begin, starts, dropout, residual);
    }();
    unrolled.outputs = result.outputs;
    own = result.state;
    if constexpr (index + 1 < sizeof...(Kinds))
      run_from<index + 1>(SequenceBatch<Scalar>{unrolled.outputs, inputs.ragged}, begin, starts, unrolled);
  }
};

}  // namespace unroll::inline v0
