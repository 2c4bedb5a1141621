#pragma once

#include <unroll/ops/activations.hpp>
#include <unroll/ops/softmax.hpp>

/// Functions to give to a layer: the φ of a recurrent cell, the F of an output layer. Any callable from Variable to
/// Variable serves as well: `[](auto x) { return relu(x); }`.
namespace unroll::inline v0::activation {

struct Tanh {
  auto operator()(auto x) const { return tanh(x); }
};
struct Relu {
  auto operator()(auto x) const { return relu(x); }
};
struct Sigmoid {
  auto operator()(auto x) const { return sigmoid(x); }
};
/// Over the last axis.
struct Softmax {
  auto operator()(auto x) const { return softmax(x); }
};
struct Identity {
  auto operator()(auto x) const { return x; }
};

}  // namespace unroll::inline v0::activation
