#pragma once

#include <unroll/framework/tape/module.hpp>
#include <unroll/framework/threads/team.hpp>

/// Clipping of gradients, against those that explode (Pascanu, Mikolov and Bengio 2013, algorithm 1). Parameters that
/// are frozen, or have got no gradient since the last update, do not count. When a gradient is not finite, all
/// functions throw NumericalError and leave every gradient as it is: "the gradient of lstm.hidden_weight[2, 17] is
/// nan". Clipping would spread the NaN over the whole model.
namespace unroll::inline v0 {

/// What clip_gradient_norm found and did.
struct ClippingReport {
  double norm;   ///< Before clipping; infinity when it is beyond the largest double.
  double limit;  ///< As given.
  bool clipped;  ///< Whether norm > limit, so that the gradients were scaled.
};

/// What clip_gradient_value found and did.
struct ValueClippingReport {
  double largest;  ///< The largest magnitude of a number before clipping.
  double limit;    ///< As given.
  bool clipped;    ///< Whether largest > limit, so that numbers were moved.
};

/// The Euclidean norm of all gradients seen as one vector, summed in double.
template <class Scalar>
[[nodiscard]] double gradient_norm(const Parameters<Scalar>& parameters);

/// Scales all gradients by limit / norm when their norm is above the limit. The limit is above 0; infinity only
/// measures. Throws ArgumentError for another limit.
template <class Scalar>
ClippingReport clip_gradient_norm(const Parameters<Scalar>& parameters, double limit);
/// The same, to the bit; the threads of a team divide the work.
template <class Scalar>
ClippingReport clip_gradient_norm(const Parameters<Scalar>& parameters, double limit, Team& team);

/// Moves each number of each gradient into [-limit, limit]; limits are as above. Unlike clipping by norm, this changes
/// the direction of the step.
template <class Scalar>
ValueClippingReport clip_gradient_value(const Parameters<Scalar>& parameters, double limit);

}  // namespace unroll::inline v0
