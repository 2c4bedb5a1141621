#pragma once

#include <unroll/models/cells/rnn_cell.hpp>

namespace unroll::inline v0 {

/// The sizes of an irnn, and how it starts.
struct IrnnOptions {
  std::size_t inputs /**< D */, hidden /**< H */;
  /// On the diagonal of the recurrent weight: below 1, the past fades at the start (Le et al. take 0.01 for speech).
  double scale = 1;
  /// The standard deviation of the input weight.
  double input_deviation = 0.001;
};

/// An RNN with relu that starts as the identity, h' = relu(W x + scale · h), so that its state and its gradient last at
/// first (Le, Jaitly and Hinton 2015, arXiv:1504.00941). Biases start at 0. Throws ArgumentError for sizes of 0, a
/// scale that is not finite, and a deviation below 0 or not finite.
template <class Scalar = float>
RnnCell<Scalar, activation::Relu> irnn(const IrnnOptions& options, const Random& random);

}  // namespace unroll::inline v0
