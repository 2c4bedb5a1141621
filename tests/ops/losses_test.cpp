#include "support/ops.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/ops/arithmetic.hpp>
#include <unroll/ops/losses.hpp>

using namespace unroll;
using namespace unroll::testing;
using Catch::Matchers::Contains;

TEMPLATE_TEST_CASE("losses equal their definitions, as mean and as sum", "[losses]", float, double) {
  for (const std::size_t n : lengths) {
    if (n == 0) continue;
    Tape<TestType> tape;
    const auto x = normal<TestType>(Random(1), {n}, 0, 2), t = uniform<TestType>(Random(2), {n});
    double cross_entropy = 0, squared = 0, absolute = 0, robust = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const double a = static_cast<double>(x[i]), b = static_cast<double>(t[i]), error = std::abs(a - b);
      const double probability = 1 / (1 + std::exp(-a));
      cross_entropy -= b * std::log(probability) + (1 - b) * std::log(1 - probability);
      squared += error * error;
      absolute += error;
      robust += error <= 1.5 ? error * error / 2 : 1.5 * (error - 0.75);
    }
    const auto v = tape.constant(x);
    const LossOptions sum{.reduction = Reduction::sum};
    const double count = static_cast<double>(n);
    CHECK(near(binary_cross_entropy(v, t).item(), cross_entropy / count));
    CHECK(near(binary_cross_entropy(v, t, sum).item(), cross_entropy));
    CHECK(near(mean_squared_error(v, t).item(), squared / count));
    CHECK(near(mean_squared_error(v, t, sum).item(), squared));
    CHECK(near(mean_absolute_error(v, t).item(), absolute / count));
    CHECK(near(mean_absolute_error(v, t, sum).item(), absolute));
    CHECK(near(huber(v, t, 1.5).item(), robust / count));
    CHECK(near(huber(v, t, 1.5, sum).item(), robust));
  }
}

TEST_CASE("binary_cross_entropy is safe from overflow", "[losses]") {
  Tape tape;
  const auto loss = [&](float logit, float target) {
    return binary_cross_entropy(tape.constant(Tensor<>({1}, logit)), Tensor<>({1}, target)).item();
  };
  CHECK(loss(1000, 1) == 0);
  CHECK(loss(1000, 0) == 1000);
  CHECK(loss(-1000, 0) == 0);
  CHECK(loss(-1000, 1) == 1000);
  CHECK(loss(0, 0.5f) == Approx(std::log(2.0)));
}

TEST_CASE("a loss of floats is right where the errors, or their squares or sum, are beyond a float", "[losses]") {
  constexpr float largest = std::numeric_limits<float>::max();
  Tensor<> x({20}), t({20});
  x[3] = 3e19f, x[18] = -1e19f;
  Tape tape;
  const auto with = [&](float prediction, float target) {
    x[7] = prediction, t[7] = target;
    return tape.input(x);
  };
  CHECK(mean_squared_error(with(0, 0), t).item() == Approx(1e39 / 20).epsilon(1e-6));
  CHECK(huber(with(0, 0), t, 1e20f).item() == Approx(1e39 / 40).epsilon(1e-6));
  CHECK(mean_absolute_error(with(largest, -largest), t).item() == Approx(largest / 10).epsilon(1e-6));
  CHECK(mean_absolute_error(with(largest, 0), t, {.reduction = Reduction::sum}).item() == largest);
  CHECK(huber(with(largest, -largest), t, 2).item() == Approx(largest / 5).epsilon(1e-6));
  CHECK(binary_cross_entropy(with(largest, -1), t).item() == Approx(largest / 10).epsilon(1e-6));
  const float infinity = std::numeric_limits<float>::infinity();
  CHECK(mean_squared_error(with(largest, 0), t).item() == infinity);
  CHECK(mean_squared_error(with(largest, 0), t, {.reduction = Reduction::sum}).item() == infinity);

  const std::vector<std::size_t> lengths{1, 3};  // [T=3, N=2]: steps that count, and some that do not
  const Tensor<> steps({3, 2}, {3e19f, 0, 1e30f, 0, 1e30f, 0});
  CHECK(mean_squared_error(tape.constant(steps), Tensor<>({3, 2}), {.lengths = lengths}).item()
        == Approx(9e38 / 4).epsilon(1e-6));
}

TEST_CASE("the gradient of a loss whose parts are beyond a float is right too", "[losses][gradient]") {
  Tape tape;
  const auto x = tape.input(Tensor<>({4}, {3e19f, -1e19f, 0, 1}));
  tape.backward(mean_squared_error(x, Tensor<>({4})));
  CHECK(gradient_numbers_of(x) == std::vector<float>{1.5e19f, -5e18f, 0, 0.5f});
}

TEST_CASE("the gradient of mean_absolute_error where both are equal is 0", "[losses][gradient]") {
  Tape tape;
  const auto x = tape.input(Tensor<>({2}, {1, 3}));
  tape.backward(mean_absolute_error(x, Tensor<>({2}, {1, 1}), {.reduction = Reduction::sum}));
  CHECK(gradient_numbers_of(x) == std::vector<float>{0, 1});
}

TEST_CASE("a sum per step is the sum over features, and the mean over the steps that exist", "[losses]") {
  const std::vector<std::size_t> ragged{2, 0, 3};
  Tape<double> tape;
  const auto x = tape.constant(normal<double>(Random(1), {3, 3, 4}));
  const auto t = uniform<double>(Random(2), {3, 3, 4});
  const auto check = [&](auto loss) {
    const double sum = loss(LossOptions{Reduction::sum, {}}).item(),
                 ragged_sum = loss(LossOptions{Reduction::sum, ragged}).item();
    CHECK(loss(LossOptions{Reduction::sum_per_step, {}}).item() == Approx(sum / 9));
    CHECK(loss(LossOptions{Reduction::sum_per_step, ragged}).item() == Approx(ragged_sum / 5));
    CHECK(loss(LossOptions{Reduction::sum_per_step, ragged}).item()
          == Approx(4 * loss(LossOptions{Reduction::mean, ragged}).item()));
  };
  check([&](auto options) { return binary_cross_entropy(x, t, options); });
  check([&](auto options) { return mean_squared_error(x, t, options); });
  check([&](auto options) { return mean_absolute_error(x, t, options); });
  check([&](auto options) { return huber(x, t, 1.5, options); });
  check([&](auto options) { return quantile_loss(x, t, 0.2, options); });
  check([&](auto options) { return gaussian_negative_log_likelihood(x, t, t, options); });
}

TEST_CASE("a sum per step of floats is right where the sum is beyond a float", "[losses]") {
  Tape tape;
  const auto x = tape.constant(Tensor<>({2, 2, 1}, 1.5e19f));
  CHECK(mean_squared_error(x, Tensor<>({2, 2, 1}), {.reduction = Reduction::sum_per_step}).item()
        == Approx(2.25e38).epsilon(1e-6));
}

TEST_CASE("losses: the tape's gradients agree with central differences", "[losses][gradient]") {
  const auto shape = GENERATE(Shape{}, Shape{1}, Shape{2, 3}, Shape{2, 1, 17});
  const auto reduction = GENERATE(Reduction::mean, Reduction::sum);
  const std::vector inputs{normal<double>(Random(1), shape), uniform<double>(Random(2), shape)};
  expect_gradients(
      [=](auto&, auto in) {
        return std::vector{binary_cross_entropy(in[0], in[1], {.reduction = reduction}),
                           mean_squared_error(in[0], in[1], {.reduction = reduction}),
                           mean_absolute_error(in[0], in[1], {.reduction = reduction}),
                           huber(in[0], in[1], 0.7, {.reduction = reduction}),
                           quantile_loss(in[0], in[1], 0.1, {.reduction = reduction}),
                           gaussian_negative_log_likelihood(in[0], in[1], in[0] * in[1], {.reduction = reduction})};
      },
      inputs);
}

TEST_CASE("sums per step: the tape's gradients agree with central differences", "[losses][gradient]") {
  static const std::vector<std::size_t> ragged{2, 0, 3};
  const Lengths lengths = GENERATE(false, true) ? Lengths(ragged) : Lengths();
  expect_gradients(
      [=](auto&, auto in) {
        const LossOptions options{Reduction::sum_per_step, lengths};
        return std::vector{binary_cross_entropy(in[0], in[1], options), quantile_loss(in[0], in[1], 0.1, options),
                           gaussian_negative_log_likelihood(in[0], in[1], in[2], options)};
      },
      {normal<double>(Random(1), {3, 3, 2}), uniform<double>(Random(2), {3, 3, 2}),
       normal<double>(Random(3), {3, 3, 2})});
}

TEST_CASE("losses name themselves when shapes differ, nothing is given, or delta is not positive", "[losses][error]") {
  Tape tape;
  const auto x = tape.zeros({2, 3});
  CHECK_THROWS_AS(mean_squared_error(x, Tensor<>({3})), ShapeError);
  CHECK_THROWS_WITH(mean_squared_error(x, Tensor<>({3})),
                    Contains("mean_squared_error: shapes differ: left [2, 3], right [3]"));
  CHECK_THROWS_WITH(binary_cross_entropy(x, Tensor<>({3})), Contains("binary_cross_entropy"));
  CHECK_THROWS_WITH(mean_absolute_error(x, Tensor<>({3})), Contains("mean_absolute_error"));
  CHECK_THROWS_WITH(huber(x, Tensor<>({3})), Contains("huber"));
  CHECK_THROWS_AS(huber(x, x, 0), ArgumentError);
  CHECK_THROWS_WITH(huber(x, x, -1), Contains("huber: delta -1 given, expected more than 0"));
  CHECK_THROWS_WITH(gaussian_negative_log_likelihood(x, Tensor<>({3}), x),
                    Contains("gaussian_negative_log_likelihood: shapes differ: left [2, 3], right [3]"));
  CHECK_THROWS_AS(gaussian_negative_log_likelihood(x, x, Tensor<>({3})), ShapeError);
  CHECK_THROWS_AS(quantile_loss(x, Tensor<>({3}), 0.5), ShapeError);
  for (const double quantile : {0.0, 1.0, -0.5, std::nan("")})
    CHECK_THROWS_WITH(quantile_loss(x, x, quantile), Contains("quantile_loss: quantile is") && Contains("in (0, 1)"));
  CHECK_THROWS_AS(quantile_loss(x, x, 2), ArgumentError);
  const auto none = tape.zeros({0});
  CHECK_THROWS_WITH(mean_squared_error(none, none), Contains("mean_squared_error: of no numbers"));
  CHECK(mean_squared_error(none, none, {.reduction = Reduction::sum}).item() == 0);
}

TEST_CASE("losses of sequences with lengths are those of the steps that exist, and others may hold anything",
          "[losses]") {
  const std::vector<std::size_t> ragged{2, 0, 3};
  auto x = normal<double>(Random(1), {3, 3, 2}), t = uniform<double>(Random(2), {3, 3, 2});
  std::vector<double> a, b;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (i / 6 < ragged[i % 6 / 2])
      a.push_back(x[i]), b.push_back(t[i]);
    else
      x[i] = t[i] = std::nan("");
  }
  REQUIRE(a.size() == 10);
  const auto check = [&](auto loss) {
    for (const auto reduction : {Reduction::mean, Reduction::sum}) {
      Tape<double> tape, of_existing;
      const auto v = tape.input(x), existing = of_existing.input(Tensor<double>({10}, a));
      const auto found = loss(v, t, LossOptions{reduction, ragged});
      const auto expected = loss(existing, Tensor<double>({10}, b), LossOptions{reduction, {}});
      CHECK(found.item() == Approx(expected.item()).epsilon(1e-14));
      tape.backward(found);
      of_existing.backward(expected);
      std::size_t next = 0;
      for (std::size_t i = 0; i < x.size(); ++i)
        CHECK(v.gradient()[i] == (std::isnan(x[i]) ? 0 : existing.gradient()[next++]));
    }
  };
  check([](auto v, const auto& u, auto options) { return binary_cross_entropy(v, u, options); });
  check([](auto v, const auto& u, auto options) { return mean_squared_error(v, u, options); });
  check([](auto v, const auto& u, auto options) { return mean_absolute_error(v, u, options); });
  check([](auto v, const auto& u, auto options) { return huber(v, u, 1.5, options); });
  check([](auto v, const auto& u, auto options) { return quantile_loss(v, u, 0.2, options); });
  check([](auto v, const auto& u, auto options) { return gaussian_negative_log_likelihood(v, u, u, options); });
}

TEST_CASE("a loss names lengths that do not fit, and a mean over no step", "[losses][error]") {
  Tape tape;
  const auto x = tape.zeros({3, 2, 1});
  const std::vector<std::size_t> few{1}, none{0, 0};
  CHECK_THROWS_WITH(mean_squared_error(x, x, {.lengths = few}), Contains("mean_squared_error: 1 length given"));
  CHECK_THROWS_WITH(huber(x, x, 1, {.lengths = none}), Contains("huber: of no numbers"));
  CHECK_THROWS_WITH(quantile_loss(x, x, 0.5, {.lengths = few}), Contains("quantile_loss: 1 length given"));
  CHECK_THROWS_WITH(gaussian_negative_log_likelihood(x, x, x, {.lengths = few}),
                    Contains("likelihood: 1 length given"));
  CHECK_THROWS_WITH(huber(x, x, 1, {.reduction = Reduction::sum_per_step, .lengths = none}),
                    Contains("huber: a mean over no steps"));
  CHECK_THROWS_WITH(huber(tape.zeros({3}), tape.zeros({3}), 1, {.reduction = Reduction::sum_per_step}),
                    Contains("huber: sequences of shape [3], expected [T, N, ...]"));
}
