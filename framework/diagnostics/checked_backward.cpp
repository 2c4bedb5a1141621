#include <unroll/framework/diagnostics/checked_backward.hpp>
#include <unroll/framework/optimizers/gradient_clipping.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace unroll::inline v0 {

namespace {

template <class Scalar>
double as_double(Scalar number) {
  return static_cast<double>(detail::value_of(number));
}

/// The position of the first number that is not finite, or NaN, among those from `first` on; `end` when there is none.
template <class Scalar>
std::size_t find(const Scalar* numbers, std::size_t first, std::size_t end, Nonfinite which) {
  while (first < end) {
    const double number = as_double(numbers[first]);
    if (which == Nonfinite::first_nan ? std::isnan(number) : !std::isfinite(number)) return first;
    ++first;
  }
  return end;
}

}  // namespace

template <class Scalar>
Anomaly Tape<Scalar>::anomaly_at(Pass pass, const Node& node, const Node& of, std::size_t position,
                                 Scalar number) const {
  return {.pass = pass,
          .operation = node.operation,
          .site = node.site,
          .location = scope_log_.location_of(scope_log_.position_of(index_of(node))),
          .number = as_double(number),
          .tensor = of.operation,
          .shape = of.shape,
          .position = position,
          .upstream = 0,
          .parameter = {},
          .address = of.kind == Kind::parameter ? static_cast<const Presence*>(of.capture)->owner : nullptr};
}

template <class Scalar>
std::optional<Anomaly> Tape<Scalar>::find_nonfinite(Nonfinite which) {
  for (Node& node : nodes_) {
    // The numbers of views and columns are those of a node that has been looked at.
    if (node.kind == Kind::view || node.kind == Kind::columns || node.value_gone) continue;
    const std::size_t size = node.shape.size();
    const Scalar* const numbers = value_of(node);
    if (const std::size_t at = find(numbers, 0, size, which); at < size)
      return anomaly_at(Pass::forward, node, node, at, numbers[at]);
  }
  return {};
}

/// Throws AnomalyError when the rule of node `by` has written a number that is not finite, here or on the tapes around.
template <class Scalar>
void Tape<Scalar>::check_written(std::size_t by) {
  for (Tape* tape = this; tape != nullptr; tape = tape->around_) {
    for (const auto& [index, first, count] : tape->written_) {
      const Node& of = tape->nodes_[index];
      if (of.gradient == nullptr) continue;
      const std::size_t at = find(of.gradient, first, first + count, Nonfinite::first);
      if (at == first + count) continue;
      Anomaly found = anomaly_at(Pass::backward, nodes_[by], of, at, of.gradient[at]);
      for (std::size_t output = by; output < by + nodes_[by].outputs; ++output)
        for (std::size_t i = 0; nodes_[output].gradient != nullptr && i < nodes_[output].shape.size(); ++i)
          found.upstream = std::max(found.upstream, std::abs(as_double(nodes_[output].gradient[i])));
      tape->written_.clear();
      throw AnomalyError(found);
    }
    tape->written_.clear();
  }
}

namespace {

/// While it lives, sweeps of the tape are checked.
template <class Scalar>
class CheckedSweeps {
 public:
  explicit CheckedSweeps(Tape<Scalar>& tape) : tape_(tape), before_(tape.is_checked()) { tape_.set_checked(true); }
  ~CheckedSweeps() { tape_.set_checked(before_); }
  CheckedSweeps(const CheckedSweeps&) = delete;
  CheckedSweeps& operator=(const CheckedSweeps&) = delete;

 private:
  Tape<Scalar>& tape_;
  bool before_;
};

/// The first value that is not finite, and the first NaN.
template <class Scalar>
std::vector<Anomaly> find_values(Tape<Scalar>& tape) {
  const auto first = tape.find_nonfinite();
  if (!first) return {};
  const auto nan = std::isnan(first->number) ? std::nullopt : tape.find_nonfinite(Nonfinite::first_nan);
  return nan ? std::vector{*first, *nan} : std::vector{*first};
}

/// Whether an infinity may be meant: one that came with the data, as a mask does.
bool may_be_meant(const Anomaly& anomaly) { return anomaly.operation == "constant" || anomaly.operation == "input"; }

}  // namespace

template <class Scalar>
std::vector<Anomaly> find_anomalies(Variable<Scalar> loss, const Parameters<std::type_identity_t<Scalar>>& parameters) {
  Tape<Scalar>& tape = loss.tape();
  const double number = as_double(loss.item());
  std::vector<Anomaly> found = find_values(tape);
  if (std::isfinite(number) || (std::isinf(number) && loss.needs_gradient() && may_be_meant(found.front()))) {
    const CheckedSweeps checked(tape);
    try {
      tape.backward(loss);
      if (std::isfinite(number)) found.clear();  // the infinities reached neither the loss nor a gradient
    } catch (const AnomalyError& error) {
      found.push_back(error.anomalies.front());
    }
  }
  for (Anomaly& anomaly : found)
    for (const auto& [name, parameter] : parameters)
      if (parameter == anomaly.address) anomaly.parameter = name;
  return found;
}

template <class Scalar>
bool detail::sweep_to_finite(Variable<Scalar> loss, const Parameters<Scalar>& parameters) {
  if (!std::isfinite(as_double(loss.item()))) return false;
  backward(loss, parameters);
  try {
    return std::isfinite(gradient_norm(parameters));
  } catch (const NumericalError&) {
    return false;
  }
}

template <class Scalar>
void detail::refuse_anomalies(Variable<Scalar> replayed, double loss, const Parameters<Scalar>& parameters) {
  const auto found = find_anomalies(replayed, parameters);
  parameters.zero_gradients();
  const std::string what =
      std::isfinite(loss) ? "a gradient is not finite" : fmt::format("the loss is {}", detail::nonfinite_text(loss));
  throw AnomalyError(
      fmt::format("{}: {}", what,
                  found.empty() ? "the step was finite when it was recorded once more (does it record the same each "
                                  "time, or have gradients been added to some that were not finite?)"
                                : to_string(found)),
      found);
}

#define UNROLL_INSTANTIATE(Scalar)                                                                      \
  template Anomaly Tape<Scalar>::anomaly_at(Pass, const Node&, const Node&, std::size_t, Scalar) const; \
  template std::optional<Anomaly> Tape<Scalar>::find_nonfinite(Nonfinite);                              \
  template void Tape<Scalar>::check_written(std::size_t);                                               \
  template std::vector<Anomaly> find_anomalies(Variable<Scalar>, const Parameters<Scalar>&);
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)
UNROLL_INSTANTIATE(DualNumber)
#undef UNROLL_INSTANTIATE

template bool detail::sweep_to_finite(Variable<float>, const Parameters<float>&);
template bool detail::sweep_to_finite(Variable<double>, const Parameters<double>&);
template void detail::refuse_anomalies(Variable<float>, double, const Parameters<float>&);
template void detail::refuse_anomalies(Variable<double>, double, const Parameters<double>&);

}  // namespace unroll::inline v0
