#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/analysis/gradient_flow.hpp>
#include <unroll/models/sequences/run.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace unroll::inline v0 {

namespace {

/// Whether the norm has a logarithm that a line can be fitted to.
bool can_be_fitted(double norm) { return norm > 0 && std::isfinite(norm); }

bool is_finite(const LayerFlow& layer) {
  const auto finite = [](const std::vector<double>& norms) {
    return std::all_of(norms.begin(), norms.end(), [](double norm) { return std::isfinite(norm); });
  };
  return std::all_of(layer.states.begin(), layer.states.end(),
                     [&](const StateNorms& state) { return finite(state.gradient); })
         && std::none_of(layer.jacobians.begin(), layer.jacobians.end(),
                         [](const JacobianNorm& jacobian) { return std::isnan(jacobian.norm); });
}

/// The factor by which a gradient changes from the last step to the first.
double through_the_sequence(const LayerFlow& layer, std::size_t steps) {
  return std::pow(layer.decay.per_step, static_cast<double>(steps - 1));
}

/// "12", "7.3", "0.62", "0.009", "3.1e-07": two or three digits for any size.
std::string short_number(double number) {
  return number >= 99.5 && number < 1e6 ? fmt::format("{:.0f}", number) : fmt::format("{:.2g}", number);
}

/// The shortest distance from which on all norms are 0.
std::optional<std::size_t> zero_from(const std::vector<JacobianNorm>& norms) {
  std::size_t last = 0;  // the largest distance of a norm that is not 0
  for (const JacobianNorm& found : norms)
    if (found.norm != 0) last = std::max(last, found.distance);
  std::optional<std::size_t> first;
  for (const JacobianNorm& found : norms)
    if (found.distance > last) first = std::min(first.value_or(found.distance), found.distance);
  return first;
}

std::string bound_in_words(const LayerFlow& layer) {
  if (!layer.bound) return "";
  const std::string holds = within_bound(layer) ? "" : ", which does not hold: something is wrong";
  if (*layer.bound < 1)
    return fmt::format(" The weights alone bound it by {} a step: in the long run they must vanish{}.",
                       short_number(*layer.bound), holds);
  return fmt::format(" The weights alone bound it by {} a step{}.", short_number(*layer.bound), holds);
}

std::string gates_in_words(const LayerFlow& layer) {
  std::string words;
  for (const GateFractions& gate : layer.gates)
    if (gate.saturated() > 0.5)
      words += fmt::format(" The {} gate is saturated {:.0f} % of the time ({:.0f} % shut, {:.0f} % open).", gate.name,
                           100 * gate.saturated(), 100 * gate.shut, 100 * gate.open);
  return words;
}

std::string verdict_on(const LayerFlow& layer, std::size_t steps) {
  const FlowKind kind = kind_of(layer, steps);
  if (kind == FlowKind::not_finite) return "numbers are infinite or NaN: the model has diverged.";
  if (kind == FlowKind::unknown) return "the sequence is too short to say anything.";
  const double left = through_the_sequence(layer, steps);
  const std::string course =
      left < 1 ? fmt::format("{} of it is left after {}",
                             left < 0.01 ? short_number(left) : fmt::format("{:.0f} %", 100 * left),
                             counted(steps - 1, "step"))
               : fmt::format("it is {} times as long after {}", short_number(left), counted(steps - 1, "step"));
  const char* const opening = kind == FlowKind::vanishing   ? "gradients vanish: they"
                              : kind == FlowKind::exploding ? "gradients explode: they"
                                                            : "gradients are healthy: they";
  return fmt::format("{} {}; {}.{}{}", opening, describe(layer.decay), course, bound_in_words(layer),
                     gates_in_words(layer));
}

}  // namespace

namespace detail {
void expect_layers_to_look_at(std::size_t layers) {
  if (layers == 0) throw ArgumentError("gradient_flow: the stack has no layer, expected at least 1");
}
void expect_sequences_to_look_at(const Shape& inputs) {
  expect_sequence(inputs);
  if (inputs[1] == 0)
    throw ArgumentError(
        fmt::format("gradient_flow: the inputs {} have no sequence, expected N of at least 1 (is the "
                    "batch empty?)",
                    describe(inputs, "TND")));
}
}  // namespace detail

double Decay::halving_steps() const { return std::log(2) / std::abs(std::log(per_step)); }

std::vector<DistanceNorm> by_distance(const std::vector<JacobianNorm>& norms) {
  struct Sum {
    double logs = 0, largest = 0;
    int count = 0, all = 0;
  };
  std::map<std::size_t, Sum> sums;
  for (const JacobianNorm& jacobian : norms) {
    Sum& sum = sums[jacobian.distance];
    ++sum.all;
    if (jacobian.norm != 0) sum.logs += std::log(jacobian.norm), ++sum.count;
    sum.largest = std::max(sum.largest, jacobian.largest);
  }
  std::vector<DistanceNorm> result;
  for (const auto& [distance, sum] : sums)
    result.push_back({.distance = distance,
                      .norm = 2 * sum.count > sum.all ? std::exp(sum.logs / sum.count) : 0,
                      .largest = sum.largest});
  return result;
}

Decay fit_decay(const std::vector<JacobianNorm>& norms) {
  double count = 0, x_mean = 0, y_mean = 0;
  for (const auto& [end, distance, norm, largest] : norms)
    if (can_be_fitted(norm)) ++count, x_mean += static_cast<double>(distance), y_mean += std::log(norm);
  x_mean /= count, y_mean /= count;
  double covariance = 0, variance = 0;
  for (const auto& [end, distance, norm, largest] : norms) {
    if (!can_be_fitted(norm)) continue;
    const double x = static_cast<double>(distance) - x_mean;
    covariance += x * (std::log(norm) - y_mean), variance += x * x;
  }
  const auto gone = zero_from(norms);
  if (!(variance > 0)) return {.per_step = gone ? 0.0 : 1.0, .points = gone ? norms.size() : 0, .gone = gone};
  Decay decay{.per_step = std::exp(covariance / variance), .points = static_cast<std::size_t>(count)};
  // A line that leads below the smallest double explains the zeros.
  const bool is_led_to = gone && !(std::pow(decay.per_step, *gone) > std::numeric_limits<double>::min());
  if (gone && !is_led_to) return {.per_step = 0, .points = decay.points, .gone = gone};
  return decay;
}

FlowKind kind_of(const LayerFlow& layer, std::size_t steps) {
  if (!is_finite(layer)) return FlowKind::not_finite;
  if (layer.decay.points == 0 || steps < 2) return FlowKind::unknown;
  const double left = through_the_sequence(layer, steps);
  return left < 0.01 ? FlowKind::vanishing : left > 10 ? FlowKind::exploding : FlowKind::healthy;
}

std::string_view name_of(FlowKind kind) {
  constexpr std::string_view names[]{"healthy", "vanishing", "exploding", "not finite", "unknown"};
  return names[static_cast<std::size_t>(kind)];
}

bool within_bound(const LayerFlow& layer) {
  if (!layer.bound) return true;
  return std::all_of(layer.jacobians.begin(), layer.jacobians.end(), [&](const JacobianNorm& jacobian) {
    const auto distance = static_cast<double>(jacobian.distance);
    // A float's product of a step is accurate to about 1e-5; a denormal double has no accurate digit.
    const double bound = std::pow(*layer.bound * (1 + 1e-5), distance);
    return jacobian.largest <= bound + std::numeric_limits<double>::min();
  });
}

std::string describe(const Decay& decay) {
  if (decay.gone)
    return *decay.gone == 1 ? "are gone after a step" : fmt::format("are gone after {} steps", *decay.gone);
  const double steps = decay.halving_steps();
  if (!(steps < 1e4)) return "keep their length";
  const std::string count = short_number(steps);
  const char* const change = decay.per_step < 1 ? "halve" : "double";
  return count == "1" ? fmt::format("{} every step", change) : fmt::format("{} every {} steps", change, count);
}

std::string verdict(const GradientFlow& flow) {
  std::string words;
  for (std::size_t layer = 0; layer < flow.layers.size(); ++layer)
    words += fmt::format("{}layer {}: {}", layer == 0 ? "" : "\n", layer, verdict_on(flow.layers[layer], flow.steps));
  const Clipping& clipping = flow.clipping;
  if (clipping.clipped > 0)
    words += fmt::format("\nclipping: {} of {} gradients ({:.0f} %) are longer than {}.", clipping.clipped,
                         clipping.windows, 100 * clipping.fraction(), clipping.limit);
  const DenormalCount& denormals = flow.denormals;
  if (denormals.values + denormals.gradients > 0)
    words += fmt::format(
        "\ndenormals: {} values and {} gradients are too small for a normal number, out of {} each; training flushes "
        "them to zero.",
        denormals.values, denormals.gradients, denormals.numbers);
  return words;
}

}  // namespace unroll::inline v0
