#include "support/catch.hpp"
#include "support/models.hpp"
#include <unroll/models/analysis/recurrence_bound.hpp>
#include <unroll/models/cells/preactivation_rnn_cell.hpp>

using namespace unroll;
using namespace unroll_test;

namespace {
struct Halved {
  auto operator()(auto x) const { return tanh(x) * 0.5; }
};
struct Unheard {
  auto operator()(auto x) const { return tanh(x); }
};
}  // namespace

template <>
inline constexpr std::optional<double> unroll::steepest_slope<Halved> = 0.5;

TEST_CASE("the bound of a step is the norm of the weight times the steepest slope, in both forms",
          "[recurrence_bound]") {
  const RnnOptions options{.inputs = 2, .hidden = 6};
  const double norm = spectral_norm(RnnCell<double>(options, Random(1)).weights.hidden_weight.value());
  CHECK(recurrence_bound(RnnCell<double>(options, Random(1))) == norm);
  CHECK(recurrence_bound(PreactivationRnnCell<double>(options, Random(1))) == norm);
  CHECK(recurrence_bound(RnnCell<double, activation::Sigmoid>(options, Random(1))) == norm / 4);
  CHECK(recurrence_bound(PreactivationRnnCell<double, Halved>(options, Random(1))) == norm / 2);
  CHECK(recurrence_bound(RnnCell<double, Unheard>(options, Random(1))) == std::nullopt);
}
