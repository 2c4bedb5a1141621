#pragma once

#include <unroll/framework/random.hpp>

/// First values for weights. A weight is [out, in], [H, D], as PyTorch's: its fan-in is the last axis, its fan-out the
/// first. Where gates share one tensor, [4H, D], each block of H rows is a weight of its own: make them one by one.
///
/// The even ones draw element i from position i of `random`, so that two weights need two streams: random.split(0),
/// random.split(1), ...
namespace unroll::inline v0 {

/// Evenly from [-1/√fan_in, 1/√fan_in): what PyTorch gives its linear and recurrent layers. `fan_in` is the last axis
/// unless given, as it must be for a bias. Throws ArgumentError when it is 0.
template <class Scalar = float>
Tensor<Scalar> uniform_fan_in(const Random& random, const Shape& shape);
template <class Scalar = float>
Tensor<Scalar> uniform_fan_in(const Random& random, const Shape& shape, std::size_t fan_in);

/// Glorot and Bengio 2010, eq. 16: variance gain² 2 / (fan_in + fan_out), which keeps the size of values and gradients
/// from layer to layer where the activation is nearly linear (tanh). Throw ShapeError unless [H, D].
template <class Scalar = float>
Tensor<Scalar> xavier_uniform(const Random& random, const Shape& shape, double gain = 1);
template <class Scalar = float>
Tensor<Scalar> xavier_normal(const Random& random, const Shape& shape, double gain = 1);

/// He et al. 2015, eqs. 10 and 15: variance 2 / ((1 + slope²) fan_in), for relu, or leaky_relu of that slope.
/// Throw ShapeError unless [H, D].
template <class Scalar = float>
Tensor<Scalar> he_uniform(const Random& random, const Shape& shape, double slope = 0);
template <class Scalar = float>
Tensor<Scalar> he_normal(const Random& random, const Shape& shape, double slope = 0);

/// gain Q, Q drawn evenly from all matrices with orthonormal rows or columns, whichever are fewer (Saxe et al. 2013):
/// no direction is lost through the steps of a recurrence. Q is that of a QR factorisation of normal numbers, with
/// the diagonal of R positive, without which it would not be evenly distributed (Mezzadri 2007, section 5).
/// Throws ShapeError unless [H, D].
template <class Scalar = float>
Tensor<Scalar> orthogonal(const Random& random, const Shape& shape, double gain = 1);

/// gain on the diagonal, 0 elsewhere: Le et al. 2015 for relu recurrences. Throws ShapeError unless [H, D].
template <class Scalar = float>
Tensor<Scalar> identity(const Shape& shape, double gain = 1);

/// The same number everywhere.
template <class Scalar = float>
Tensor<Scalar> constant(const Shape& shape, double value);

}  // namespace unroll::inline v0
