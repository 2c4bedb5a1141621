#pragma once

#include "support/ctc.hpp"
#include <unroll/framework/tape/tape.hpp>
#include <unroll/ops/ctc_loss.hpp>

/// What the tests of ctc_loss share.
namespace unroll::testing {

/// A loss and the gradient of its logits.
template <class Scalar>
struct Outcome {
  double loss;
  Tensor<Scalar> gradient;
};
template <class Scalar>
Outcome<Scalar> outcome_of(const Tensor<Scalar>& numbers, TensorView<const int> targets,
                           const CtcOptions& options = {}) {
  Tape<Scalar> tape;
  const auto logits = tape.input(numbers);
  const auto loss = ctc_loss(logits, targets, options);
  const double value = static_cast<double>(loss.item());
  tape.backward(loss);
  return {value, Tensor<Scalar>(logits.gradient())};
}

/// One sequence alone.
template <class Scalar>
Outcome<Scalar> outcome_of(const Tensor<Scalar>& steps, const Symbols& targets, CtcOptions options = {}) {
  const PaddedTargets padded({targets});
  const std::size_t count = steps.shape()[0], classes = steps.shape()[1];
  const std::vector<Scalar> numbers(steps.begin(), steps.end());
  return outcome_of(Tensor<Scalar>({count, 1, classes}, numbers), padded.data, options);
}

/// Four sequences of a batch: repetitions, one symbol, none, and as many steps as there must be.
inline const std::vector<Symbols> four_lists{{1, 2, 2, 4}, {3}, {}, {4, 4, 4, 1, 1}};
inline const std::vector<std::size_t> four_lengths{9, 4, 6, 8};

/// The logits with which libtorch's figures were computed.
template <class Scalar>
Tensor<Scalar> waves(const Shape& shape, double scale) {
  Tensor<Scalar> numbers(shape);
  for (std::size_t i = 0; i < numbers.size(); ++i)
    numbers[i] = static_cast<Scalar>(scale * std::sin(1.3 * static_cast<double>(i) + 0.4));
  return numbers;
}

}  // namespace unroll::testing
