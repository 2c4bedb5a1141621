#pragma once

#include <unroll/models/analysis/spectral_norm.hpp>
#include <unroll/models/cells/preactivation_rnn_cell.hpp>
#include <unroll/models/cells/rnn_cell.hpp>

#include <optional>

/// A bound on the growth of a gradient, from the weights alone (Pascanu, Mikolov and Bengio 2013, section 2.1):
///
///     ‖∂hᵢ/∂h_k‖ ≤ (β_W β_φ)^(i-k),   β_W = ‖W_h‖₂,  β_φ = max |φ'|
///
/// since a step's Jacobian is diag(φ') W_h with φ outside the product, and W_h diag(φ') with φ inside. Below 1
/// gradients must vanish; above 1 they may explode. It holds for plain recurrent networks.
namespace unroll::inline v0 {

/// β_φ: the steepest slope of a φ anywhere; none when it is not known. Specialize it for a φ of your own:
///
///     template <> inline constexpr std::optional<double> unroll::steepest_slope<MyActivation> = 0.5;
template <class Activation>
inline constexpr std::optional<double> steepest_slope = std::nullopt;
/// At 0.
template <>
inline constexpr std::optional<double> steepest_slope<activation::Tanh> = 1.0;
/// Above 0.
template <>
inline constexpr std::optional<double> steepest_slope<activation::Relu> = 1.0;
/// Everywhere.
template <>
inline constexpr std::optional<double> steepest_slope<activation::Identity> = 1.0;
/// At 0.
template <>
inline constexpr std::optional<double> steepest_slope<activation::Sigmoid> = 0.25;

namespace detail {
template <class Activation, class Scalar>
std::optional<double> bound_of(const Parameter<Scalar>& hidden_weight) {
  if constexpr (steepest_slope<Activation>)
    return spectral_norm(hidden_weight.value()) * *steepest_slope<Activation>;
  else
    return std::nullopt;
}
}  // namespace detail

/// β_W β_φ of a cell, for one step; none when β_φ is not known. gradient_flow finds a function of this name beside a
/// cell of your own.
template <class Scalar, class Activation>
std::optional<double> recurrence_bound(const RnnCell<Scalar, Activation>& cell) {
  return detail::bound_of<Activation>(cell.weights.hidden_weight);
}
/// The same with φ inside the product.
template <class Scalar, class Activation>
std::optional<double> recurrence_bound(const PreactivationRnnCell<Scalar, Activation>& cell) {
  return detail::bound_of<Activation>(cell.weights.hidden_weight);
}

}  // namespace unroll::inline v0
