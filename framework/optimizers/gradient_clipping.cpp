#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/optimizers/gradient_clipping.hpp>
#include <unroll/framework/tensor/euclidean_norm.hpp>
#include <unroll/framework/threads/split_work.hpp>

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>
#include <numeric>

namespace unroll::inline v0 {

namespace {

using detail::ScaledNorm;

template <class Scalar>
bool counts(const Parameter<Scalar>& parameter) {
  return !parameter.frozen && parameter.has_gradient() && !parameter.gradient_is_empty();
}

/// A gradient, to be read or scaled. Does not change whether the parameter calls it empty.
template <class Scalar>
TensorView<Scalar> gradient_of(const NamedParameter<Scalar>& named) {
  return {named.parameter->gradient_memory(), named.parameter->shape()};
}

/// Calls `visit(name, gradient)` for every gradient that counts.
template <class Scalar>
void for_each_gradient(const Parameters<Scalar>& parameters, auto&& visit) {
  for (const auto& named : parameters)
    if (counts(*named.parameter)) visit(named.name, gradient_of(named));
}

/// The gradients that count, as blocks to be divided among threads.
template <class Scalar>
auto gradient_blocks(const Parameters<Scalar>& parameters) {
  return detail::Blocks(parameters.size(), [&parameters](std::size_t index) {
    const Parameter<Scalar>& parameter = *parameters[index].parameter;
    return counts(parameter) ? parameter.value().size() : 0;
  });
}

/// Σ (unit x)² of all gradients, summed in pieces that are the same for any number of threads.
template <class Scalar>
double sum_of_squares(Team* team, const Parameters<Scalar>& parameters, double unit) {
  std::array<double, 64> sums{};
  const auto blocks = gradient_blocks(parameters);
  const std::size_t pieces = std::min(blocks.count(), sums.size());
  detail::run_ranges(team, blocks.count(), [&](std::size_t part, std::size_t parts) {
    for (std::size_t piece = part * pieces / parts; piece < (part + 1) * pieces / parts; ++piece)
      blocks.for_each_range(piece, pieces, [&](std::size_t index, std::size_t first, std::size_t count) {
        const TensorView<const Scalar> gradient = gradient_of(parameters[index]);
        sums[piece] += detail::sum_of_squares<Scalar>(gradient.values().subspan(first, count), unit);
      });
  });
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

template <class Scalar>
double largest_magnitude(const Parameters<Scalar>& parameters) {
  Scalar largest = 0;
  for_each_gradient(parameters, [&](const std::string&, TensorView<const Scalar> gradient) {
    for (const Scalar number : gradient) largest = std::max(largest, std::abs(number));
  });
  return static_cast<double>(largest);
}

template <class Scalar>
void expect_finite(const char* operation, const Parameters<Scalar>& parameters) {
  for_each_gradient(parameters, [&](const std::string& name, TensorView<const Scalar> gradient) {
    for (std::size_t i = 0; i < gradient.size(); ++i)
      if (!std::isfinite(gradient[i]))
        throw NumericalError(
            fmt::format("{}: the gradient of {}{} is {}, expected finite numbers (is the learning "
                        "rate too high, or a logarithm or a quotient taken of 0?); no gradient was "
                        "changed",
                        operation, name, index_text(gradient.shape(), i), gradient[i]));
  });
}

template <class Scalar>
ScaledNorm finite_norm(const char* operation, const Parameters<Scalar>& parameters, Team* team = nullptr) {
  const auto norm = detail::scaled_norm<Scalar>([&](double unit) { return sum_of_squares(team, parameters, unit); });
  if (!std::isfinite(norm.scaled)) expect_finite(operation, parameters);
  return norm;
}

/// Multiplies numbers by limit / norm: in two steps and in double where a Scalar would flush that quotient to 0, as for
/// a limit of 1 and a norm of 1e38.
template <class Scalar>
void scale_all(std::span<Scalar> numbers, double limit, const ScaledNorm& norm) {
  const double quotient = limit / norm.scaled;
  if (norm.unit == 1 && quotient >= static_cast<double>(std::numeric_limits<Scalar>::min())) {
    const auto scale = static_cast<Scalar>(quotient);
    for (Scalar& number : numbers) number *= scale;
  } else {
    for (Scalar& number : numbers) number = static_cast<Scalar>(norm.fraction_of(static_cast<double>(number)) * limit);
  }
}

constexpr ArgumentRange limits{.open_low = true};

template <class Scalar>
ClippingReport clip_norm(Team* team, const Parameters<Scalar>& parameters, double limit) {
  expect_in("clip_gradient_norm", "limit", limit, limits);
  const ScaledNorm norm = finite_norm("clip_gradient_norm", parameters, team);
  if (!(norm.value() > limit)) return {.norm = norm.value(), .limit = limit, .clipped = false};
  detail::split_work(team, gradient_blocks(parameters), [&](std::size_t index, std::size_t first, std::size_t count) {
    scale_all(gradient_of(parameters[index]).values().subspan(first, count), limit, norm);
  });
  return {.norm = norm.value(), .limit = limit, .clipped = true};
}

}  // namespace

template <class Scalar>
double gradient_norm(const Parameters<Scalar>& parameters) {
  return finite_norm("gradient_norm", parameters).value();
}

template <class Scalar>
ClippingReport clip_gradient_norm(const Parameters<Scalar>& parameters, double limit) {
  return clip_norm(nullptr, parameters, limit);
}

template <class Scalar>
ClippingReport clip_gradient_norm(const Parameters<Scalar>& parameters, double limit, Team& team) {
  return clip_norm(&team, parameters, limit);
}

template <class Scalar>
ValueClippingReport clip_gradient_value(const Parameters<Scalar>& parameters, double limit) {
  expect_in("clip_gradient_value", "limit", limit, limits);
  static_cast<void>(finite_norm("clip_gradient_value", parameters));
  const double largest = largest_magnitude(parameters);
  if (!(largest > limit)) return {.largest = largest, .limit = limit, .clipped = false};
  const auto bound = static_cast<Scalar>(limit);
  for_each_gradient(parameters, [&](const std::string&, TensorView<Scalar> gradient) {
    for (Scalar& number : gradient) number = std::clamp(number, -bound, bound);
  });
  return {.largest = largest, .limit = limit, .clipped = true};
}

#define UNROLL_INSTANTIATE(Scalar)                                                      \
  template double gradient_norm(const Parameters<Scalar>&);                             \
  template ClippingReport clip_gradient_norm(const Parameters<Scalar>&, double);        \
  template ClippingReport clip_gradient_norm(const Parameters<Scalar>&, double, Team&); \
  template ValueClippingReport clip_gradient_value(const Parameters<Scalar>&, double);

UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)

}  // namespace unroll::inline v0
