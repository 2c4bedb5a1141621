#include "support/ops.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/ops/cross_entropy.hpp>
#include <unroll/ops/reduction.hpp>
#include <unroll/ops/softmax.hpp>

using namespace unroll;
using namespace unroll::testing;
using Catch::Matchers::Contains;

namespace {

/// PyTorch's definition, term by term: the weighted sum over positions, over the sum of the targets' weights.
struct Naive {
  double sum = 0, weight = 0;

  template <class Scalar>
  Naive(const Tensor<Scalar>& logits, const Tensor<int>& targets, const CrossEntropyOptions<Scalar>& options) {
    const std::size_t classes = logits.shape().back();
    const auto weight_of = [&](std::size_t v) {
      return options.class_weights.empty() ? 1.0 : static_cast<double>(options.class_weights[v]);
    };
    for (std::size_t n = 0; n < targets.size(); ++n) {
      if (options.ignore && targets[n] == *options.ignore) continue;
      const Scalar* const x = logits.data() + n * classes;
      double total = 0;
      for (std::size_t v = 0; v < classes; ++v) total += std::exp(static_cast<double>(x[v]));
      const auto t = static_cast<std::size_t>(targets[n]);
      for (std::size_t v = 0; v < classes; ++v) {
        const double probability =
            (v == t ? 1 - options.label_smoothing : 0.0) + options.label_smoothing / static_cast<double>(classes);
        sum += probability * weight_of(v) * (std::log(total) - static_cast<double>(x[v]));
      }
      weight += weight_of(t);
    }
  }
};

Tensor<int> some_targets(const Shape& shape, std::size_t classes) {
  Tensor<int> targets(shape);
  for (std::size_t i = 0; i < targets.size(); ++i) targets[i] = static_cast<int>(Random(11).bits(i) % classes);
  return targets;
}

template <class Scalar>
Tensor<Scalar> some_weights(std::size_t classes) {
  return uniform<Scalar>(Random(12), {classes}, 0.5, 2);
}

}  // namespace

TEMPLATE_TEST_CASE("cross_entropy equals its definition, with every option", "[cross_entropy]", float, double) {
  for (const std::size_t classes : {1u, 2u, 7u, 15u, 16u, 17u, 33u, 65u}) {
    const auto logits = normal<TestType>(Random(classes), {4, 3, classes}, 0, 2);
    auto targets = some_targets({4, 3}, classes);
    targets[5] = -100;
    const auto weights = some_weights<TestType>(classes);
    for (const double smoothing : {0.0, 0.1, 1.0})
      for (const bool weighted : {false, true}) {
        CrossEntropyOptions<TestType> options{.ignore = -100, .label_smoothing = smoothing};
        if (weighted) options.class_weights = weights;
        const Naive expected(logits, targets, options);
        Tape<TestType> tape;
        CAPTURE(classes, smoothing, weighted);
        CHECK(near(cross_entropy(tape.constant(logits), targets, options).item(), expected.sum / expected.weight, 16));
        options.reduction = Reduction::sum;
        CHECK(near(cross_entropy(tape.constant(logits), targets, options).item(), expected.sum, 16));
      }
  }
}

TEST_CASE("cross_entropy is the mean of -log_softmax at the targets", "[cross_entropy]") {
  Tape<double> tape;
  const auto logits = tape.constant(normal<double>(Random(1), {5, 9}));
  const auto targets = some_targets({5}, 9);
  const auto logarithms = log_softmax(logits);
  double sum = 0;
  for (std::size_t n = 0; n < 5; ++n) sum -= logarithms.value()[n * 9 + static_cast<std::size_t>(targets[n])];
  CHECK(cross_entropy(logits, targets).item() == Approx(sum / 5).epsilon(1e-14));
}

TEST_CASE("cross_entropy of even logits is log V, and of one row, the target may be a scalar", "[cross_entropy]") {
  Tape tape;
  CHECK(cross_entropy(tape.zeros({2, 65}), Tensor<int>({2})).item() == Approx(std::log(65.0)));
  CHECK(cross_entropy(tape.zeros({3}), Tensor<int>({}, 2)).item() == Approx(std::log(3.0)));
}

TEST_CASE("cross_entropy neither overflows nor loses small losses of large logits", "[cross_entropy]") {
  const float infinity = std::numeric_limits<float>::infinity();
  Tape tape;
  const auto loss = [&](std::vector<float> row, int target) {
    return cross_entropy(tape.constant(Tensor<>({1, 2}, std::move(row))), Tensor<int>({1}, target)).item();
  };
  CHECK(loss({1e30f, -1e30f}, 0) == 0);
  CHECK(loss({1e4f, 1e4f}, 0) == Approx(std::log(2.0)).epsilon(1e-6));
  CHECK(loss({-1e4f, 1e4f}, 0) == Approx(2e4));
  CHECK(loss({0, -infinity}, 0) == 0);  // a class that is ruled out
  CHECK(loss({0, -infinity}, 1) == infinity);
  CHECK(std::isnan(loss({0, std::nanf("")}, 0)));
}

TEST_CASE("cross_entropy: the tape's gradients agree with central differences", "[cross_entropy][gradient]") {
  const std::size_t classes = GENERATE(1u, 2u, 5u, 16u, 17u);
  const double smoothing = GENERATE(0.0, 0.2);
  const auto reduction = GENERATE(Reduction::mean, Reduction::sum, Reduction::sum_per_step);
  auto targets = some_targets({3, 2}, classes);
  const auto weights = some_weights<double>(classes);
  const std::vector inputs{normal<double>(Random(4), {3, 2, classes})};
  expect_gradients(
      [&](auto&, auto in) {
        return cross_entropy(in[0], targets, {.reduction = reduction, .label_smoothing = smoothing});
      },
      inputs);
  targets[2] = -1;
  expect_gradients(
      [&](auto&, auto in) {
        return cross_entropy(
            in[0], targets,
            {.reduction = reduction, .class_weights = weights, .ignore = -1, .label_smoothing = smoothing});
      },
      inputs);
}

TEST_CASE("two losses of the same logits add their gradients", "[cross_entropy][gradient]") {
  const auto targets = some_targets({3}, 5);
  expect_gradients(
      [&](auto&, auto in) {
        return std::vector{cross_entropy(in[0], targets), cross_entropy(in[0], targets, {.ignore = targets[0]})};
      },
      {normal<double>(Random(4), {3, 5})});
}

TEST_CASE("an ignored position gets no gradient", "[cross_entropy][gradient]") {
  Tape tape;
  const auto logits = tape.input(normal(Random(1), {2, 3}));
  tape.backward(cross_entropy(logits, Tensor<int>({2}, {1, -100}), {.ignore = -100}));
  for (std::size_t v = 3; v < 6; ++v) CHECK(logits.gradient()[v] == 0);
}

TEST_CASE("cross_entropy over no positions sums to 0 and has no mean", "[cross_entropy][error]") {
  Tape tape;
  const auto none = tape.input(Tensor<>({0, 3}));
  CHECK(cross_entropy(none, Tensor<int>({0}), {.reduction = Reduction::sum}).item() == 0);
  CHECK_THROWS_AS(cross_entropy(none, Tensor<int>({0})), ArgumentError);
  const auto logits = tape.zeros({2, 3});
  CHECK_THROWS_WITH(cross_entropy(logits, Tensor<int>({2}, {-1, -1}), {.ignore = -1}),
                    Contains("cross_entropy: mean over no positions: of 2 targets none counts"));
  CHECK_THROWS_AS(cross_entropy(logits, Tensor<int>({2}), {.class_weights = Tensor<>({3}, {0, 1, 1})}), ArgumentError);
}

TEST_CASE("cross_entropy names what does not fit", "[cross_entropy][error]") {
  Tape tape;
  const auto logits = tape.zeros({2, 2, 3});
  CHECK_THROWS_AS(cross_entropy(logits, Tensor<int>({4})), ShapeError);
  CHECK_THROWS_WITH(cross_entropy(logits, Tensor<int>({4})), Contains("logits [2, 2, 3]") && Contains("shape [4]"));
  CHECK_THROWS_AS(cross_entropy(tape.zeros({}), Tensor<int>(Shape{})), ShapeError);
  CHECK_THROWS_AS(cross_entropy(logits, Tensor<int>({2, 2}, 3)), ArgumentError);
  CHECK_THROWS_WITH(cross_entropy(logits, Tensor<int>({2, 2}, {0, 0, -100, 0})),
                    Contains("cross_entropy: target -100 at position [1, 0] of [2, 2] is outside [0, V=3)")
                        && Contains("options.ignore"));
  CHECK_THROWS_WITH(cross_entropy(logits, Tensor<int>({2, 2}), {.class_weights = Tensor<>({2})}),
                    Contains("2 class weights given for the V=3 classes"));
  CHECK_THROWS_WITH(cross_entropy(logits, Tensor<int>({2, 2}), {.label_smoothing = 1.5}),
                    Contains("label_smoothing is 1.5, expected a number in [0, 1]"));
}

TEST_CASE("of sequences with lengths only the steps that exist count, and others may hold anything",
          "[cross_entropy]") {
  const std::vector<std::size_t> ragged{2, 0, 3};
  auto numbers = normal<double>(Random(1), {3, 3, 2, 4});
  Tensor<int> targets({3, 3, 2}), ignored({3, 3, 2});
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const bool exists = i / 6 < ragged[i % 6 / 2];
    targets[i] = exists ? static_cast<int>(i % 4) : 1000;
    ignored[i] = exists ? targets[i] : -100;
    if (!exists) std::fill_n(numbers.data() + 4 * i, 4, std::nan(""));
  }
  const auto run = [&](const Tensor<int>& of, const CrossEntropyOptions<double>& options) {
    Tape<double> tape;
    const auto logits = tape.input(numbers);
    const auto loss = cross_entropy(logits, of, options);
    tape.backward(loss);
    return std::pair{loss.item(), Tensor<double>(logits.gradient())};
  };
  CHECK(run(targets, {.lengths = ragged}) == run(ignored, {.ignore = -100}));
  CHECK(run(targets, {.reduction = Reduction::sum, .label_smoothing = 0.1, .lengths = ragged})
        == run(ignored, {.reduction = Reduction::sum, .ignore = -100, .label_smoothing = 0.1}));
}

TEST_CASE("cross_entropy names lengths that do not fit, and a mean over no step", "[cross_entropy][error]") {
  Tape<double> tape;
  const auto logits = tape.zeros({2, 2, 3});
  const Tensor<int> targets({2, 2});
  const std::vector<std::size_t> longer{1, 3}, none{0, 0};
  CHECK_THROWS_WITH(cross_entropy(logits, targets, {.lengths = longer}),
                    Contains("cross_entropy: sequence 1 has a length of 3, but there are T=2 steps"));
  CHECK_THROWS_WITH(cross_entropy(logits, targets, {.lengths = none}),
                    Contains("of 4 targets none counts") && Contains("beyond the ends of their sequences"));
}

TEST_CASE("a cross entropy of floats is right where that of a row is beyond a float", "[cross_entropy]") {
  constexpr float largest = std::numeric_limits<float>::max();
  Tape tape;
  const auto logits = tape.input(Tensor<>({3, 4}, {largest, -largest, 0, 0, 1, 1, 1, 1, 0, 0, largest, 0}));
  const Tensor<int> targets({3}, {1, 0, 2});
  CHECK(cross_entropy(logits, targets).item() == Approx(largest / 3 * 2).epsilon(1e-6));
  CHECK(cross_entropy(logits, targets, {.reduction = Reduction::sum}).item() == std::numeric_limits<float>::infinity());
  // Of the distances 0, 2, 1 and 1, and 1, 1, 0 and 1, of the largest number: a half by the target's, a half by all's.
  const auto loss = cross_entropy(logits, targets, {.label_smoothing = 0.5});
  CHECK(loss.item() == Approx((0.5 * 2 + 0.125 * 4 + 0.125 * 3) / 3 * static_cast<double>(largest)).epsilon(1e-6));
  const std::vector<float> weights{4, 1.5f, 2, 1};
  CHECK(cross_entropy(logits, targets, {.class_weights = weights}).item() == Approx(largest / 7.5f * 3).epsilon(1e-6));
  tape.backward(loss);
  for (const float slope : logits.gradient()) CHECK(std::abs(slope) < 1);
}

TEST_CASE("a cross entropy per step is the sum over the steps in which a target counts", "[cross_entropy]") {
  const std::vector<std::size_t> ragged{2, 0, 3};
  const std::vector<double> weights{0, 1, 2, 3};
  Tape<double> tape;
  const auto logits = tape.input(normal<double>(Random(1), {3, 3, 2, 4}));
  Tensor<int> targets({3, 3, 2});
  for (std::size_t i = 0; i < targets.size(); ++i) targets[i] = static_cast<int>(i % 4);
  const auto loss = [&](CrossEntropyOptions<double> options, Reduction reduction) {
    options.reduction = reduction;
    return cross_entropy(logits, targets, options).item();
  };
  const auto check = [&](const CrossEntropyOptions<double>& options, double steps) {
    CHECK(loss(options, Reduction::sum_per_step) == Approx(loss(options, Reduction::sum) / steps).epsilon(1e-14));
  };
  check({}, 9);
  check({.lengths = ragged}, 5);
  check({.class_weights = weights, .label_smoothing = 0.1, .lengths = ragged}, 5);
  check({.ignore = 1, .lengths = ragged}, 5);  // one of two rows of each step
  targets[0] = targets[1] = -100;              // a step in which none counts
  check({.ignore = -100, .lengths = ragged}, 4);
  for (int& target : targets) target = -100;
  CHECK_THROWS_WITH(loss({.ignore = -100}, Reduction::sum_per_step), Contains("of 18 targets none counts"));
  CHECK_THROWS_WITH(cross_entropy(tape.zeros({2, 3}), Tensor<int>({2}), {.reduction = Reduction::sum_per_step}),
                    Contains("cross_entropy: sequences of shape [2], expected [T, N, ...]"));
}
