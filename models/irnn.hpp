#pragma once

#include <unroll/models/rnn_cell.hpp>

namespace unroll::inline v0 {

struct IrnnOptions {
  std::size_t inputs, hidden;
  /// On the diagonal of the recurrent weight: below 1, the past fades at the start (Le et al. take 0.01 for speech).
  double scale = 1;
  /// The standard deviation of the input weight.
  double input_deviation = 0.001;
};

/// An RNN that starts as the identity, with relu: h' = relu(W x + scale · h) at first, so that what it holds stays, and
/// so does its gradient (Le, Jaitly and Hinton 2015, arXiv:1504.00941). Biases start at 0. Throws ArgumentError for
/// sizes of 0.
template <class Scalar = float>
RnnCell<Scalar, activation::Relu> irnn(const IrnnOptions& options, const Random& random);

}  // namespace unroll::inline v0
