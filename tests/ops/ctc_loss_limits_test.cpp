#include "ops/ctc_outcome.hpp"
#include "support/ops.hpp"
#include <unroll/framework/errors/error.hpp>

using namespace unroll;
using namespace unroll::testing;
using Catch::Matchers::Contains;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

template <class Scalar>
bool all_finite(const Tensor<Scalar>& numbers) {
  return std::ranges::all_of(numbers, [](Scalar number) { return std::isfinite(number); });
}

/// Many steps and targets, of which some repeat.
Symbols many_targets(std::size_t count) {
  Symbols targets(count);
  for (std::size_t s = 0; s < count; ++s) targets[s] = 1 + static_cast<int>(s * s % 31);
  return targets;
}

}  // namespace

TEST_CASE("thousands of steps in float lose no digits and never underflow", "[ctc_loss]") {
  const auto logits = normal<float>(Random(1), {5000, 32}, 0, 3);
  const Symbols targets = many_targets(900);
  const auto single = outcome_of(logits, targets);
  const auto twice = outcome_of(cast<double>(logits), targets);
  CHECK(single.loss == Approx(twice.loss).epsilon(1e-7));
  double distance = 0;
  for (std::size_t i = 0; i < logits.size(); ++i)
    distance = std::max(distance, std::abs(static_cast<double>(single.gradient[i]) - twice.gradient[i]));
  CHECK(distance < 2e-6);
}

TEST_CASE("the gradient of a step adds up to 0, whatever the size of the logits", "[ctc_loss]") {
  for (const float size : {1e-40f, 1.0f, 1e3f, 1e10f, 1e30f}) {
    auto logits = normal<float>(Random(2), {50, 7});
    for (float& number : logits) number *= size;
    const auto [loss, gradient] = outcome_of(logits, Symbols{1, 1, 2, 3, 6});
    CAPTURE(size);
    CHECK(std::isfinite(loss));
    for (std::size_t t = 0; t < 50; ++t) {
      double sum = 0, largest = 0;
      for (std::size_t v = 0; v < 7; ++v) {
        sum += static_cast<double>(gradient[t * 7 + v]);
        largest = std::max(largest, std::abs(static_cast<double>(gradient[t * 7 + v])));
      }
      CHECK(sum == Approx(0).margin(1e-6));
      CHECK(largest <= 1 + 1e-6);
    }
  }
}

TEST_CASE("a logit of -infinity rules a class out, and no NaN comes of it", "[ctc_loss]") {
  auto logits = normal<double>(Random(3), {6, 4});
  for (std::size_t t = 0; t < 6; ++t) logits[t * 4 + 3] = -infinity;
  logits[0] = logits[4] = -infinity;  // the blank at two steps
  const auto [loss, gradient] = outcome_of(logits, Symbols{1, 2});
  CHECK(loss == Approx(-std::log(probability_of(logits, {1, 2}, 0))).epsilon(1e-13));
  CHECK(all_finite(gradient));
  for (std::size_t t = 0; t < 6; ++t) CHECK(gradient[t * 4 + 3] == 0);
}

TEST_CASE("where -infinity leaves no alignment the loss is infinite, or 0 if asked for, and teaches nothing",
          "[ctc_loss]") {
  auto logits = normal<double>(Random(4), {3, 2, 3});
  for (std::size_t t = 0; t < 3; ++t) logits.at({t, 0, 2}) = -infinity;
  const Tensor<int> targets({1, 2}, {2, 2});
  const auto hopeless = outcome_of(logits, targets);
  CHECK(hopeless.loss == infinity);
  const auto zeroed = outcome_of(logits, targets, {.zero_impossible = true});
  CHECK(zeroed.loss == Approx(outcome_of(steps_of(logits, 1, 3), Symbols{2}).loss / 2).epsilon(1e-14));
  for (const auto& gradient : {hopeless.gradient, zeroed.gradient}) {
    CHECK(all_finite(gradient));
    for (std::size_t t = 0; t < 3; ++t)
      for (std::size_t v = 0; v < 3; ++v) CHECK((gradient.at({t, 0, v}) == 0) == true);
    CHECK(gradient.at({0, 1, 2}) != 0);
  }
}

TEST_CASE("a NaN among the logits, and a step without a class, make the loss NaN", "[ctc_loss]") {
  auto logits = normal<double>(Random(5), {4, 3});
  logits[4] = std::nan("");
  CHECK(std::isnan(outcome_of(logits, Symbols{1, 2}).loss));
  CHECK(std::isnan(outcome_of(logits, Symbols{1, 2}, {.zero_impossible = true}).loss));
  for (std::size_t v = 3; v < 6; ++v) logits[v] = -infinity;
  CHECK(std::isnan(outcome_of(logits, Symbols{1, 2}).loss));
}

TEST_CASE("nothing is spelled by no steps, and by steps of blanks", "[ctc_loss]") {
  CHECK(outcome_of(Tensor<double>({0, 3}), Symbols{}).loss == 0);
  const auto logits = normal<double>(Random(6), {3, 2});
  double blanks = 0;
  for (std::size_t t = 0; t < 3; ++t) blanks += std::log1p(std::exp(logits[2 * t + 1] - logits[2 * t]));
  CHECK(outcome_of(logits, Symbols{}).loss == Approx(blanks).epsilon(1e-14));
}

TEST_CASE("a sequence that is too short for its targets is named, with the steps that it needs", "[ctc_loss][error]") {
  Tape<double> tape;
  const auto logits = tape.input(normal<double>(Random(7), {4, 2, 3}));
  const PaddedTargets targets({{1}, {1, 1, 2, 2}});
  CHECK_THROWS_AS(ctc_loss(logits, targets.data, {.target_lengths = targets.lengths}), ArgumentError);
  CHECK_THROWS_WITH(ctc_loss(logits, targets.data, {.target_lengths = targets.lengths}),
                    Contains("ctc_loss: sequence 1 has 4 steps, but its 4 targets need at least 6, 2 for a blank "
                             "between equal ones")
                        && Contains("options.zero_impossible"));
  const auto loss = ctc_loss(logits, targets.data, {.zero_impossible = true, .target_lengths = targets.lengths});
  tape.backward(loss);
  CHECK(loss.item()
        == Approx(outcome_of(steps_of(Tensor<double>(logits.value()), 0, 4), Symbols{1}).loss / 2).epsilon(1e-14));
  for (std::size_t t = 0; t < 4; ++t)
    for (std::size_t v = 0; v < 3; ++v) CHECK((logits.gradient().at({t, 1, v}) == 0) == true);
  const std::vector<std::size_t> none{0, 0};
  CHECK_THROWS_WITH(ctc_loss(logits, Tensor<int>({1, 2}, 1), {.lengths = none}),
                    Contains("sequence 0 has 0 steps, but its 1 target need"));
}

TEST_CASE("ctc_loss names what does not fit", "[ctc_loss][error]") {
  Tape<double> tape;
  const auto logits = tape.zeros({4, 2, 3});
  const Tensor<int> targets({2, 2}, {1, 2, 2, 1});
  const std::vector<std::size_t> one{1}, longer{1, 5}, more{3, 1};
  CHECK_THROWS_AS(ctc_loss(tape.zeros({4, 3}), targets), ShapeError);
  CHECK_THROWS_AS(ctc_loss(logits, Tensor<int>({4})), ShapeError);
  CHECK_THROWS_WITH(ctc_loss(logits, Tensor<int>({2, 3})),
                    Contains("ctc_loss: targets of shape [2, 3], expected [S, N=2]") && Contains("PyTorch's"));
  CHECK_THROWS_WITH(ctc_loss(logits, targets, {.blank = 3}), Contains("blank is 3, expected one of the V=3 classes"));
  CHECK_THROWS_WITH(ctc_loss(logits, targets, {.blank = -1}), Contains("blank is -1"));
  CHECK_THROWS_WITH(ctc_loss(logits, Tensor<int>({1, 2}, {1, 3})),
                    Contains("ctc_loss: target 3 at position [0, 1] of [1, 2] is outside [0, V=3)")
                        && Contains("options.target_lengths"));
  CHECK_THROWS_WITH(ctc_loss(logits, Tensor<int>({1, 2}, {1, 0})),
                    Contains("ctc_loss: target 0 at position [0, 1] of [1, 2] is the blank, expected a symbol"));
  CHECK_THROWS_AS(ctc_loss(logits, targets, {.lengths = one}), ShapeError);
  CHECK_THROWS_WITH(ctc_loss(logits, targets, {.lengths = longer}), Contains("sequence 1 has a length of 5"));
  CHECK_THROWS_WITH(ctc_loss(logits, targets, {.target_lengths = one}), Contains("1 target length given for the N=2"));
  CHECK_THROWS_WITH(ctc_loss(logits, targets, {.target_lengths = more}),
                    Contains("ctc_loss: sequence 0 has a target length of 3, but there are S=2 targets"));
}

TEST_CASE("ctc_loss over no sequences sums to 0 and has no mean", "[ctc_loss][error]") {
  Tape<double> tape;
  const auto none = tape.input(Tensor<double>({5, 0, 3}));
  CHECK(ctc_loss(none, Tensor<int>({2, 0}), {.reduction = Reduction::sum}).item() == 0);
  CHECK_THROWS_WITH(ctc_loss(none, Tensor<int>({2, 0})), Contains("ctc_loss: mean over no sequences"));
  CHECK_THROWS_WITH(ctc_loss(tape.zeros({0, 2, 3}), Tensor<int>({0, 2}), {.reduction = Reduction::sum_per_step}),
                    Contains("ctc_loss: mean over no steps: none of 2 sequences has any"));
}

TEST_CASE("a tape that keeps no step computes the same loss", "[ctc_loss]") {
  const auto numbers = normal<double>(Random(9), {9, 4, 5});
  const PaddedTargets targets(four_lists);
  Tape<double> values(Recording::values);
  make_dirty(values);
  const auto loss =
      ctc_loss(values.constant(numbers), targets.data, {.lengths = four_lengths, .target_lengths = targets.lengths});
  CHECK(loss.item()
        == outcome_of(numbers, targets.data, {.lengths = four_lengths, .target_lengths = targets.lengths}).loss);
}
