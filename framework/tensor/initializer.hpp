#pragma once

#include <unroll/framework/tensor/random.hpp>

/// First values for weights. A weight has shape [out, in], that is [H, D], as in PyTorch: its fan-in is the last axis,
/// its fan-out the first. In a tensor of several gates, [4H, D], each block of H rows is a weight of its own: make them
/// one by one.
///
/// The uniform ones draw element i from position i of `random`. Two weights need two streams: random.split(0),
/// random.split(1), ...
namespace unroll::inline v0 {

/// Uniform numbers from [-1/√fan_in, 1/√fan_in), as PyTorch initializes its linear and recurrent layers. The fan-in is
/// the last axis. Throws ArgumentError when it is 0.
template <class Scalar = float>
Tensor<Scalar> uniform_fan_in(const Random& random, const Shape& shape);
/// The same with the fan-in given, as a bias needs it.
template <class Scalar = float>
Tensor<Scalar> uniform_fan_in(const Random& random, const Shape& shape, std::size_t fan_in);

/// Uniform numbers of variance gain² 2 / (fan_in + fan_out) (Glorot and Bengio 2010, eq. 16), which keeps the size of
/// values and gradients from layer to layer under a nearly linear activation (tanh). Throws ShapeError unless [H, D].
template <class Scalar = float>
Tensor<Scalar> xavier_uniform(const Random& random, const Shape& shape, double gain = 1);
/// The same variance, normally distributed.
template <class Scalar = float>
Tensor<Scalar> xavier_normal(const Random& random, const Shape& shape, double gain = 1);

/// Uniform numbers of variance 2 / ((1 + slope²) fan_in) (He et al. 2015, eqs. 10 and 15), for relu, or leaky_relu of
/// that slope. Throws ShapeError unless [H, D].
template <class Scalar = float>
Tensor<Scalar> he_uniform(const Random& random, const Shape& shape, double slope = 0);
/// The same variance, normally distributed.
template <class Scalar = float>
Tensor<Scalar> he_normal(const Random& random, const Shape& shape, double slope = 0);

/// gain Q, where Q is uniformly distributed over all matrices with orthonormal rows or columns, whichever are fewer
/// (Saxe et al. 2013): a recurrence loses no direction through its steps. Q is from a QR factorization of normal
/// numbers with a positive diagonal of R, without which it would not be uniformly distributed (Mezzadri 2007, section
/// 5). Throws ShapeError unless [H, D].
template <class Scalar = float>
Tensor<Scalar> orthogonal(const Random& random, const Shape& shape, double gain = 1);

/// gain on the diagonal, 0 elsewhere, for relu recurrences (Le et al. 2015). Throws ShapeError unless [H, D].
template <class Scalar = float>
Tensor<Scalar> identity(const Shape& shape, double gain = 1);

/// The same number everywhere.
template <class Scalar = float>
Tensor<Scalar> constant(const Shape& shape, double value);

}  // namespace unroll::inline v0
