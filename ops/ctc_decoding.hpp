#pragma once

#include <unroll/framework/tensor/tensor.hpp>
#include <unroll/ops/ctc_beam.hpp>
#include <unroll/ops/lengths.hpp>

#include <vector>

/// What the steps of a model that was trained with ctc_loss (ctc_loss.hpp) spell: logits [T, N, V], of which only the
/// steps that exist are read, -> a list of symbols, or of what may be spelled, for each of the N sequences. No gradient
/// flows through a symbol. Each throws ShapeError for other shapes, ArgumentError for a blank outside [0, V), and what
/// expect_lengths throws.
namespace unroll::inline v0 {

/// The likeliest class of each step, repetitions merged and then blanks removed: what the likeliest alignment spells,
/// which need not be the likeliest list of symbols. Throws NumericalError for a NaN.
template <class Scalar>
std::vector<std::vector<int>> ctc_greedy(TensorView<const Scalar> logits, int blank = 0, Lengths lengths = {});
/// The same for a Tensor.
template <class Scalar>
std::vector<std::vector<int>> ctc_greedy(const Tensor<Scalar>& logits, int blank = 0, Lengths lengths = {}) {
  return ctc_greedy(logits.view(), blank, lengths);
}

/// What each sequence may spell, the best score first, as a CtcBeam finds it. Throws what it throws.
template <class Scalar>
std::vector<std::vector<CtcHypothesis>> ctc_beam_search(TensorView<const Scalar> logits,
                                                        const CtcBeamOptions& options = {}, Lengths lengths = {});
/// The same for a Tensor.
template <class Scalar>
std::vector<std::vector<CtcHypothesis>> ctc_beam_search(const Tensor<Scalar>& logits,
                                                        const CtcBeamOptions& options = {}, Lengths lengths = {}) {
  return ctc_beam_search(logits.view(), options, lengths);
}

}  // namespace unroll::inline v0
