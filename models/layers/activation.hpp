#pragma once

#include <unroll/ops/activations.hpp>
#include <unroll/ops/softmax.hpp>

/// Functions to give to a layer: the φ of a recurrent cell, the F of an output layer. Any callable from Variable to
/// Variable serves as well: `[](auto x) { return relu(x); }`.
namespace unroll::inline v0::activation {

/// tanh(x).
struct Tanh {
  /// Of any shape.
  auto operator()(auto x) const { return tanh(x); }
};
/// max(0, x).
struct Relu {
  /// Of any shape.
  auto operator()(auto x) const { return relu(x); }
};
/// 1 / (1 + e^-x).
struct Sigmoid {
  /// Of any shape.
  auto operator()(auto x) const { return sigmoid(x); }
};
/// e^x / Σ e^x over the last axis.
struct Softmax {
  /// Throws ShapeError for an x without axes.
  auto operator()(auto x) const { return softmax(x); }
};
/// x itself, for a layer without a function.
struct Identity {
  /// Of any shape.
  auto operator()(auto x) const { return x; }
};

}  // namespace unroll::inline v0::activation
