#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/trainer/divergence.hpp>

#include <fmt/format.h>

#include <new>
#include <utility>

namespace unroll::inline v0::detail {

namespace {
std::string first_text(const std::vector<std::string>& texts) {
  for (const std::string& text : texts)
    if (!text.empty()) return text;
  return {};
}
}  // namespace

void refuse_divergence(const Divergence& divergence, const std::function<std::vector<Anomaly>()>& find,
                       const Communicator& communicator) {
  std::vector<Anomaly> anomalies;
  std::string place;
  try {
    anomalies = find();
    if (!anomalies.empty()) place = "; " + to_string(anomalies);
  } catch (const NumericalError&) {  // a state on the way cannot be carried on: the search ends without an answer
  } catch (const std::bad_alloc&) {
    place = "; memory does not suffice to find out where";
  }
  place = first_text(communicator.gather_text(place));
  const std::string before =
      divergence.skipped > 0 ? fmt::format(" after {} skipped", counted(divergence.skipped, "update")) : std::string();
  throw AnomalyError(
      fmt::format("training has diverged in update {} at learning rate {}{}: {}{}; a lower learning rate or clip_norm "
                  "may help; {}",
                  divergence.update, divergence.learning_rate, before, divergence.reason, place,
                  divergence.what_was_kept),
      std::move(anomalies));
}

}  // namespace unroll::inline v0::detail
