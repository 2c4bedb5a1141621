#pragma once

#include <unroll/framework/module.hpp>
#include <unroll/framework/team.hpp>

/// Against exploding gradients (Pascanu, Mikolov and Bengio 2013, algorithm 1). Parameters that are frozen, or have got
/// no gradient since the last update, do not count. All functions throw NumericalError, and leave every gradient as it
/// is, when one is not finite: "the gradient of lstm.hidden_weight[2, 17] is nan". Clipping would spread it over the
/// whole model.
namespace unroll::inline v0 {

struct ClippingReport {
  double norm;  // as found, before clipping; infinity when it is beyond the largest double
  double limit;
  bool clipped;  // norm > limit
};

struct ValueClippingReport {
  double largest;  // magnitude, as found, before clipping
  double limit;
  bool clipped;  // largest > limit
};

/// The Euclidean norm of all gradients seen as one vector, summed in double.
template <class Scalar>
[[nodiscard]] double gradient_norm(const Parameters<Scalar>& parameters);

/// Scales all gradients by limit / norm when their norm is above the limit. `limit` is above 0; infinity only measures.
/// Throws ArgumentError for another limit.
template <class Scalar>
ClippingReport clip_gradient_norm(const Parameters<Scalar>& parameters, double limit);
/// The same, to the bit, shared by the threads of a team.
template <class Scalar>
ClippingReport clip_gradient_norm(const Parameters<Scalar>& parameters, double limit, Team& team);

/// Moves each number of each gradient into [-limit, limit]. `limit` as above. Unlike clipping by norm, it turns the
/// direction of the step.
template <class Scalar>
ValueClippingReport clip_gradient_value(const Parameters<Scalar>& parameters, double limit);

}  // namespace unroll::inline v0
