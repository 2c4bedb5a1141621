#include "support/ops.hpp"
#include <unroll/ops/losses.hpp>

#include <array>
#include <numbers>
#include <numeric>

// Losses of predicted distributions: of a quantile, and of a mean with its variance.

using namespace unroll;
using namespace unroll::testing;

TEMPLATE_TEST_CASE("the quantile loss and the likelihood equal their definitions", "[losses]", float, double) {
  for (const std::size_t n : lengths) {
    if (n == 0) continue;
    Tape<TestType> tape;
    const auto x = normal<TestType>(Random(1), {n}), s = normal<TestType>(Random(2), {n}),
               t = normal<TestType>(Random(3), {n});
    double pinball = 0, likelihood = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const auto a = static_cast<double>(x[i]), b = static_cast<double>(t[i]),
                 variance = std::exp(static_cast<double>(s[i]));
      pinball += std::max(0.2 * (b - a), -0.8 * (b - a));
      likelihood -=
          std::log(std::exp(-(b - a) * (b - a) / (2 * variance)) / std::sqrt(2 * std::numbers::pi * variance));
    }
    const auto v = tape.constant(x);
    const LossOptions sum{.reduction = Reduction::sum};
    const double count = static_cast<double>(n);
    CHECK(near(quantile_loss(v, t, 0.2).item(), pinball / count));
    CHECK(near(quantile_loss(v, t, 0.2, sum).item(), pinball));
    CHECK(near(gaussian_negative_log_likelihood(v, s, t).item(), likelihood / count));
    CHECK(near(gaussian_negative_log_likelihood(v, s, t, sum).item(), likelihood));
  }
}

TEST_CASE("the quantile loss and the likelihood are those of other libraries", "[losses]") {
  Tape<double> tape;
  const auto pinball = [&](const std::vector<double>& predictions, double quantile) {
    return quantile_loss(tape.constant(Tensor<double>({5}, predictions)), Tensor<double>({5}, {3, -0.5, 2, 7, 2}),
                         quantile)
        .item();
  };
  // The example of the documentation of sktime's PinballLoss.
  CHECK(pinball({1.25, 0, 1, 4, 0.625}, 0.05) == Approx(0.16625));
  CHECK(pinball({2.5, 0, 2, 8, 1.25}, 0.5) == Approx(0.275));
  CHECK(pinball({3.75, 0, 3, 12, 1.875}, 0.95) == Approx(0.09625));
  // -log of the standard normal density at 0 is log(2π) / 2, and of that of deviation 2 at one deviation from its mean
  // log(2π) / 2 + log 2 + 1/2.
  const auto likelihood = [&](double mean, double log_variance, double target) {
    return gaussian_negative_log_likelihood(tape.constant(Tensor<double>({1}, mean)), Tensor<double>({1}, log_variance),
                                            Tensor<double>({1}, target))
        .item();
  };
  CHECK(likelihood(0, 0, 0) == Approx(0.9189385332046727).epsilon(1e-15));
  CHECK(likelihood(1, std::log(4), 3) == Approx(2.1120857137646180).epsilon(1e-15));
}

TEST_CASE("the quantile loss is least at the quantile, the likelihood at mean and variance", "[losses][gradient]") {
  const Tensor<double> targets({9}, {3, 1, 4, 1, 5, 9, 2, 6, 5});  // mean 4, mean of squares 22
  const auto slope = [&](double quantile, double prediction) {
    Tape<double> tape;
    const auto x = tape.input(Tensor<double>({9}, prediction));
    tape.backward(quantile_loss(x, targets, quantile, {.reduction = Reduction::sum}));
    const auto slopes = gradient_numbers_of(x);
    return std::accumulate(slopes.begin(), slopes.end(), 0.0);
  };
  CHECK(slope(0.5, 3.9) < 0);  // of 1 1 2 3 4 5 5 6 9 the middle one is 4
  CHECK(slope(0.5, 4.1) > 0);
  CHECK(slope(0.9, 8.9) < 0);
  CHECK(slope(0.9, 9.1) > 0);
  CHECK(slope(0.1, 0.9) < 0);
  CHECK(slope(0.3, 2.1) > 0);
  Tape<double> tape;
  const auto mean = tape.input(Tensor<double>({9}, 4)), log_variance = tape.input(Tensor<double>({9}, std::log(6)));
  tape.backward(gaussian_negative_log_likelihood(mean, log_variance, targets));
  const auto by_mean = gradient_numbers_of(mean), by_variance = gradient_numbers_of(log_variance);
  CHECK(std::accumulate(by_mean.begin(), by_mean.end(), 0.0) == Approx(0).margin(1e-15));
  CHECK(std::accumulate(by_variance.begin(), by_variance.end(), 0.0) == Approx(0).margin(1e-15));
}

TEST_CASE("the gradient of the quantile loss where both are equal is 0, and NaN stays NaN", "[losses][gradient]") {
  Tape tape;
  const auto x = tape.input(Tensor<>({4}, {1, 3, 0, std::nanf("")}));
  const auto loss = quantile_loss(x, Tensor<>({4}, {1, 1, 1, 1}), 0.25, {.reduction = Reduction::sum});
  CHECK(std::isnan(loss.item()));
  tape.backward(loss);
  for (std::size_t i = 0; i < 3; ++i) CHECK(x.gradient()[i] == std::array{0.f, 0.75f, -0.25f}[i]);
}

TEMPLATE_TEST_CASE("the likelihood is right for any log variance", "[losses][gradient]", float, double) {
  const double constant = 0.5 * std::log(2 * std::numbers::pi);
  const auto at = [](double mean, double log_variance, double target) {
    Tape<TestType> tape;
    const auto m = tape.input(Tensor<TestType>({1}, mean)), s = tape.input(Tensor<TestType>({1}, log_variance));
    const auto loss = gaussian_negative_log_likelihood(m, s, Tensor<TestType>({1}, target));
    tape.backward(loss);
    return std::array{static_cast<double>(loss.item()), static_cast<double>(m.gradient()[0]),
                      static_cast<double>(s.gradient()[0])};
  };
  for (const double log_variance : {-1e30, -1e5, -200.0, 0.0, 200.0, 1e5, 1e30}) {  // no error: no slope of the mean
    const auto [loss, by_mean, by_variance] = at(3, log_variance, 3);
    CHECK(loss == Approx(constant + log_variance / 2).epsilon(1e-6));
    CHECK(by_mean == 0);
    CHECK(by_variance == 0.5);
  }
  const auto [loss, by_mean, by_variance] = at(1e30, std::log(1e30) * 2, 3e30);  // two deviations of 1e30
  CHECK(loss == Approx(constant + std::log(1e30) + 2).epsilon(1e-5));
  CHECK(by_mean == Approx(-2e-30).epsilon(1e-4));
  CHECK(by_variance == Approx(-1.5).epsilon(1e-4));
  const auto wide = at(3e38, 1e6, -3e38);  // an error beyond a float, of hardly any deviation
  CHECK(wide[0] == Approx(5e5).epsilon(1e-5));
  CHECK(wide[1] == 0);
  CHECK(wide[2] == Approx(0.5));
  for (int i = 0; i < 3; ++i) {
    std::array<double, 3> numbers{1, 1, 2};
    numbers[static_cast<std::size_t>(i)] = std::nan("");
    CHECK(std::isnan(at(numbers[0], numbers[1], numbers[2])[0]));
  }
}

TEST_CASE("the second derivative of the likelihood where the error is 0 is the inverse of the variance", "[losses]") {
  Tape<DualNumber> tape;
  const auto mean = tape.input(Tensor<DualNumber>({1}, DualNumber{3, 1}));
  tape.backward(gaussian_negative_log_likelihood(mean, Tensor<DualNumber>({1}, DualNumber(std::log(4))),
                                                 Tensor<DualNumber>({1}, DualNumber(3))));
  CHECK(mean.gradient()[0].tangent == Approx(0.25));
}
