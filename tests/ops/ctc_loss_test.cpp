#include "ops/ctc_outcome.hpp"
#include "support/ops.hpp"
#include <unroll/ops/arithmetic.hpp>

using namespace unroll;
using namespace unroll::testing;

namespace {

void expect_close(const Tensor<double>& found, const Tensor<double>& expected, double margin) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) CHECK(found[i] == Approx(expected[i]).margin(margin));
}

}  // namespace

TEST_CASE("ctc_loss is -log of the sum over all alignments, and all that can be spelled adds up to 1", "[ctc_loss]") {
  for (const std::size_t classes : {1u, 2u, 3u, 4u})
    for (const std::size_t steps : {1u, 2u, 5u}) {
      const int blank = static_cast<int>(classes) / 2;
      const auto logits = normal<double>(Random(classes).split(steps), {steps, classes}, 0, 2);
      double sum = 0;
      for (const auto& [symbols, probability] : all_spelled(logits, blank)) {
        const double loss = outcome_of(logits, symbols, {.blank = blank}).loss;
        CHECK(loss == Approx(-std::log(probability)).epsilon(1e-12).margin(1e-14));
        CHECK(loss > -1e-14);
        sum += std::exp(-loss);
      }
      CHECK(sum == Approx(1).epsilon(1e-13));
    }
}

TEST_CASE("its gradient is softmax less the probability of each class given the targets", "[ctc_loss]") {
  const auto logits = normal<double>(Random(3), {6, 3}, 0, 1);
  for (const Symbols& targets : {Symbols{1, 1, 2}, Symbols{}, Symbols{2, 1, 2}, Symbols{1}}) {
    Tensor<double> expected = probabilities_of(logits);
    const double whole = probability_of(logits, targets, 0);
    for_each_alignment(logits, [&](const Symbols& emitted, double probability) {
      if (spelled_by(emitted, 0) != targets) return;
      for (std::size_t t = 0; t < 6; ++t) expected[t * 3 + static_cast<std::size_t>(emitted[t])] -= probability / whole;
    });
    expect_close(outcome_of(logits, targets).gradient, expected, 1e-14);
  }
}

TEMPLATE_TEST_CASE("ctc_loss equals a recursion over probabilities, at every size of a register", "[ctc_loss]", float,
                   double) {
  for (std::size_t count = 0; count < 20; ++count) {
    Symbols targets(count);
    for (std::size_t s = 0; s < count; ++s) targets[s] = 1 + static_cast<int>(Random(5).bits(s) % 4);
    const auto logits = normal<TestType>(Random(count), {40, 5}, 0, 1);
    const double expected = -std::log(probability_of(cast<double>(logits), targets, 0));
    CAPTURE(count);
    CHECK(near(static_cast<TestType>(outcome_of(logits, targets).loss), expected, 16));
  }
}

TEST_CASE("ctc_loss: the tape's gradients agree with central differences", "[ctc_loss][gradient]") {
  const auto reduction = GENERATE(Reduction::mean, Reduction::sum, Reduction::sum_per_step);
  const bool per_target = GENERATE(false, true);
  const PaddedTargets targets(four_lists);
  expect_gradients(
      [&](auto&, auto in) {
        return ctc_loss(in[0], targets.data,
                        {.reduction = reduction,
                         .per_target = per_target,
                         .lengths = four_lengths,
                         .target_lengths = targets.lengths});
      },
      {normal<double>(Random(4), {9, 4, 5})});
}

TEST_CASE("two alignments of the same logits add their gradients", "[ctc_loss][gradient]") {
  expect_gradients(
      [&](auto&, auto in) {
        return ctc_loss(in[0], Tensor<int>({2, 1}, {1, 2})) * 2.0
               + ctc_loss(in[0], Tensor<int>({1, 1}, {0}), {.blank = 2});
      },
      {normal<double>(Random(4), {4, 1, 3})});
}

TEST_CASE("a ragged batch equals its sequences alone, in any order, and padding is not read", "[ctc_loss]") {
  auto numbers = normal<double>(Random(6), {9, 4, 5});
  for (std::size_t n = 0; n < 4; ++n)
    for (std::size_t t = four_lengths[n]; t < 9; ++t)
      for (std::size_t v = 0; v < 5; ++v) numbers.at({t, n, v}) = std::nan("");
  std::vector<std::size_t> order{0, 1, 2, 3};
  do {
    std::vector<Symbols> lists;
    std::vector<std::size_t> lengths;
    Tensor<double> logits({9, 4, 5});
    double sum = 0;
    for (std::size_t n = 0; n < 4; ++n) {
      lists.push_back(four_lists[order[n]]), lengths.push_back(four_lengths[order[n]]);
      for (std::size_t t = 0; t < 9; ++t)
        for (std::size_t v = 0; v < 5; ++v) logits.at({t, n, v}) = numbers.at({t, order[n], v});
      sum += outcome_of(steps_of(logits, n, lengths[n]), lists[n]).loss;
    }
    const PaddedTargets targets(lists);
    const auto together = outcome_of(
        logits, targets.data, {.reduction = Reduction::sum, .lengths = lengths, .target_lengths = targets.lengths});
    CHECK(together.loss == Approx(sum).epsilon(1e-14));
    for (std::size_t n = 0; n < 4; ++n) {
      CHECK(std::ranges::equal(steps_of(together.gradient, n, lengths[n]),
                               outcome_of(steps_of(logits, n, lengths[n]), lists[n]).gradient));
      for (std::size_t t = lengths[n]; t < 9; ++t)
        for (std::size_t v = 0; v < 5; ++v) CHECK(together.gradient.at({t, n, v}) == 0);
    }
  } while (std::ranges::next_permutation(order).found);
}

TEST_CASE("the same number added to all logits of a step changes nothing", "[ctc_loss]") {
  const auto logits = normal<double>(Random(7), {8, 4});
  Tensor<double> moved(logits);
  for (std::size_t i = 0; i < moved.size(); ++i) moved[i] += 64.0 * static_cast<double>(i / 4);
  const auto a = outcome_of(logits, Symbols{1, 3, 3}), b = outcome_of(moved, Symbols{1, 3, 3});
  CHECK(a.loss == Approx(b.loss).epsilon(1e-12));
  expect_close(a.gradient, b.gradient, 1e-12);
}

TEST_CASE("a mean is over the sequences, or per step, and per target it is PyTorch's", "[ctc_loss]") {
  const auto logits = normal<double>(Random(8), {9, 4, 5});
  const PaddedTargets targets(four_lists);
  std::vector<double> losses;
  for (std::size_t n = 0; n < 4; ++n)
    losses.push_back(outcome_of(steps_of(logits, n, four_lengths[n]), four_lists[n]).loss);
  const auto loss = [&](Reduction reduction, bool per_target) {
    return outcome_of(logits, targets.data,
                      {.reduction = reduction,
                       .per_target = per_target,
                       .lengths = four_lengths,
                       .target_lengths = targets.lengths})
        .loss;
  };
  const double sum = losses[0] + losses[1] + losses[2] + losses[3];
  const double by_target = losses[0] / 4 + losses[1] + losses[2] + losses[3] / 5;
  CHECK(loss(Reduction::sum, false) == Approx(sum));
  CHECK(loss(Reduction::mean, false) == Approx(sum / 4));
  CHECK(loss(Reduction::sum_per_step, false) == Approx(sum / (9 + 4 + 6 + 8)));
  CHECK(loss(Reduction::sum, true) == Approx(by_target));
  CHECK(loss(Reduction::mean, true) == Approx(by_target / 4));
  CHECK(loss(Reduction::sum_per_step, true) == Approx(by_target / (9 + 4 + 6 + 8)));
}

namespace {

/// What libtorch 1.13.1 computed in double for a batch of waves: the mean of CTCLoss, and of its gradient the sum of
/// the products with cos(0.9 i), and the sum of the squares.
struct Reference {
  Shape shape;
  double scale;
  std::vector<Symbols> targets;
  std::vector<std::size_t> lengths;
  int blank;
  std::vector<double> losses;
  double mean, projection, squares;
};

std::vector<Reference> references() {
  Symbols steady(200), uneven(200);
  for (int s = 0; s < 200; ++s) {
    steady[static_cast<std::size_t>(s)] = 1 + (s * 7) % 31;
    uneven[static_cast<std::size_t>(s)] = 1 + (s * s) % 31;
  }
  return {{{9, 4, 5},
           2,
           four_lists,
           four_lengths,
           0,
           {11.774021616908271, 3.5125819759956025, 14.293583084972386, 14.787639872492516},
           5.9267996099233899,
           0.27433483154759769,
           0.53952915677345104},
          {{6, 2, 4},
           3,
           {{0, 1, 0}, {2, 2, 0}},
           {6, 5},
           3,
           {5.1217667112200314, 7.8016498311807609},
           2.1539027570667986,
           -0.17859839214698894,
           0.15326635801919977},
          {{1500, 2, 32},
           4,
           {steady, uneven},
           {1500, 1100},
           0,
           {6969.1882486310333, 4855.4616999475838},
           29.561624871446543,
           -0.0023307698950373033,
           0.0049457049118069498}};
}

}  // namespace

TEMPLATE_TEST_CASE("losses and gradients are libtorch's", "[ctc_loss]", float, double) {
  const bool single = std::is_same_v<TestType, float>;
  for (const Reference& of : references()) {
    const auto numbers = waves<TestType>(of.shape, of.scale);
    const PaddedTargets targets(of.targets);
    const CtcOptions options{
        .blank = of.blank, .per_target = true, .lengths = of.lengths, .target_lengths = targets.lengths};
    const auto [mean, gradient] = outcome_of(numbers, targets.data, options);
    CHECK(mean == Approx(of.mean).epsilon(single ? 1e-6 : 1e-13));
    double projection = 0, squares = 0;
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      const auto slope = static_cast<double>(gradient[i]);
      projection += slope * std::cos(0.9 * static_cast<double>(i)), squares += slope * slope;
    }
    CHECK(projection == Approx(of.projection).epsilon(single ? 1e-4 : 1e-9));
    CHECK(squares == Approx(of.squares).epsilon(single ? 1e-5 : 1e-9));
    for (std::size_t n = 0; n < of.losses.size(); ++n) {
      const auto alone = outcome_of(steps_of(numbers, n, of.lengths[n]), of.targets[n], {.blank = of.blank});
      CHECK(alone.loss == Approx(of.losses[n]).epsilon(single ? 1e-6 : 1e-13));
    }
  }
}
