#include <unroll/framework/tape/anomaly.hpp>

#include <fmt/format.h>

#include <cmath>
#include <utility>

namespace unroll::inline v0 {

std::string detail::nonfinite_text(double number) { return std::isnan(number) ? "nan" : fmt::format("{}", number); }

namespace {
std::string in_brackets(const CallSite& site) { return site.line() == 0 ? "" : fmt::format(" ({})", to_string(site)); }
}  // namespace

std::string to_string(const Anomaly& anomaly) {
  const std::string location = to_string(anomaly.location), name = fmt::format(" '{}'", anomaly.parameter);
  const std::string of =
      anomaly.tensor == "parameter" && !anomaly.parameter.empty() ? "parameter" + name : "'" + anomaly.tensor + "'";
  const std::string position = index_text(anomaly.shape, anomaly.position), shape = to_string(anomaly.shape);
  const std::string of_operation =
      fmt::format("of '{}'{}{}", anomaly.operation, in_brackets(anomaly.site), location.empty() ? "" : ", " + location);
  if (anomaly.pass == Pass::forward && anomaly.operation == "parameter")
    return fmt::format("the value of {}, before the forward pass: {} at {} of {}", of,
                       detail::nonfinite_text(anomaly.number), position, shape);
  if (anomaly.pass == Pass::forward)
    return fmt::format("the forward pass, {}: {} at {} of {}", of_operation, detail::nonfinite_text(anomaly.number),
                       position, shape);
  return fmt::format("the backward pass, {}: {} at {} of the gradient of {} {}, where at most {:.3g} had arrived",
                     of_operation, detail::nonfinite_text(anomaly.number), position, of, shape, anomaly.upstream);
}

std::string to_string(std::span<const Anomaly> anomalies) {
  std::string text;
  for (const Anomaly& anomaly : anomalies)
    text += fmt::format("{} in {}",
                        text.empty()                             ? "the first number that is not finite is"
                        : anomaly.pass != anomalies.front().pass ? ", and the first such gradient"
                                                                 : ", and the first NaN",
                        to_string(anomaly));
  return text;
}

AnomalyError::AnomalyError(const Anomaly& found) : NumericalError(to_string(std::span(&found, 1))), anomalies{found} {}
AnomalyError::AnomalyError(const std::string& message, std::vector<Anomaly> found)
    : NumericalError(message), anomalies(std::move(found)) {}

}  // namespace unroll::inline v0
