#pragma once

#include <unroll/models/cells/gru_cell.hpp>
#include <unroll/models/cells/lstm_cell.hpp>
#include <unroll/ops/activations.hpp>
#include <unroll/ops/arithmetic.hpp>
#include <unroll/ops/shaping.hpp>

#include <array>

/// The gates of a step, for analysis: how far each is open, from 0 to 1. These functions compute them again from the
/// weights, so that the cells need not return them. For a cell of your own, write a function of this name beside it:
///
///     std::array<Gate<float>, 1> gates(const MyCell& cell, Variable<float> projected, const MyCell::State& previous);
namespace unroll::inline v0 {

/// One gate of a step.
template <class Scalar>
struct Gate {
  const char* name;           ///< "forget", for example
  Variable<Scalar> openness;  ///< [N, H]
};

/// The gates of an LSTM's step, from its projected input [N, 4 H] and the state before it.
template <class Scalar>
std::array<Gate<Scalar>, 3> gates(const LstmCell<Scalar>& cell, Variable<Scalar> projected,
                                  const typename LstmCell<Scalar>::State& previous) {
  const auto sums = add_linear(projected, previous.hidden, cell.weights.hidden_weight, cell.weights.hidden_bias);
  const auto [input_gate, forget_gate, candidate, output_gate] = split<4>(sums);
  return {{{"input", sigmoid(input_gate)}, {"forget", sigmoid(forget_gate)}, {"output", sigmoid(output_gate)}}};
}

/// The gates of a GRU's step, from its projected input [N, 3 H] and the state before it; they do not depend on
/// GruReset. "update" is the fraction of the old state that the step keeps.
template <class Scalar>
std::array<Gate<Scalar>, 2> gates(const GruCell<Scalar>& cell, Variable<Scalar> projected,
                                  const HiddenState<Scalar>& previous) {
  const auto [reset_input, update_input, candidate_input] = split<3>(projected);
  const auto [reset_hidden, update_hidden, candidate_hidden] =
      split<3>(linear(previous.hidden, cell.weights.hidden_weight, cell.weights.hidden_bias));
  return {{{"reset", sigmoid(reset_input + reset_hidden)}, {"update", sigmoid(update_input + update_hidden)}}};
}

}  // namespace unroll::inline v0
