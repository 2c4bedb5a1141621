#include "support/catch.hpp"
#include "support/messages.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/trainer/divergence.hpp>

#include <new>

using namespace unroll;
using detail::Divergence;

namespace {

std::string message(const Divergence& divergence, const std::function<std::vector<Anomaly>()>& find) {
  return message_of<AnomalyError>([&] { detail::refuse_divergence(divergence, find, {}); });
}

}  // namespace

TEST_CASE("a divergence is told with its update, its rate and what was kept, whether its place is found or not") {
  const Divergence divergence{7, 0.5, 0, "the loss is inf", "no model has been kept"};
  const std::string begin = "training has diverged in update 7 at learning rate 0.5: the loss is inf";
  const std::string end = "; a lower learning rate or clip_norm may help; no model has been kept";
  CHECK(message(divergence, [] { return std::vector<Anomaly>(); }) == begin + end);
  CHECK(message(divergence, []() -> std::vector<Anomaly> { throw NumericalError("on the way"); }) == begin + end);
  CHECK(message(divergence, []() -> std::vector<Anomaly> { throw std::bad_alloc(); })
        == begin + "; memory does not suffice to find out where" + end);
}

TEST_CASE("a divergence counts the updates that were skipped before it") {
  const auto none = [] { return std::vector<Anomaly>(); };
  CHECK_THAT(message({7, 1, 1, "r", "k"}, none), Catch::Contains("at learning rate 1 after 1 update skipped: r"));
  CHECK_THAT(message({7, 1, 3, "r", "k"}, none), Catch::Contains("after 3 updates skipped: r"));
}
