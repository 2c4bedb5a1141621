#include "support/catch.hpp"
#include "support/many_sizes.hpp"
#include "support/small_model.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/optimizers/gradient_clipping.hpp>

#include <cmath>
#include <limits>

using namespace unroll;
using namespace unroll::testing;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Gradients whose norm is 13: 3, 4 and 12.
template <class Scalar>
SmallModel<Scalar> model_of_norm_13() {
  SmallModel<Scalar> model;
  set_gradient(model.weight, Tensor<Scalar>({2, 3}, {0, -3, 0, 0, 4, 0}));
  set_gradient(model.bias, Tensor<Scalar>({3}, {0, 0, -12}));
  return model;
}

}  // namespace

TEMPLATE_TEST_CASE("the norm of the gradients is that of all of them as one vector", "", float, double) {
  auto model = model_of_norm_13<TestType>();
  CHECK(gradient_norm(Parameters<TestType>(model)) == 13);
}

TEST_CASE("the norm agrees with a plain sum, for every remainder of a register") {
  for (std::size_t size = 0; size < 40; ++size) {
    SmallModel<float> model({size}, {1});
    const auto gradient = normal<float>(Random(size), {size});
    set_gradient(model.weight, gradient);
    double sum = 0;
    for (const float number : gradient) sum += static_cast<double>(number) * static_cast<double>(number);
    CHECK(gradient_norm(Parameters<float>(model)) == Approx(std::sqrt(sum)).epsilon(1e-14));
  }
}

TEST_CASE("the norm is summed in double: a million small floats count beside a large one") {
  SmallModel<float> model({1000000}, {1});
  set_gradient(model.weight, Tensor<float>({1000000}, 1e-3f));
  set_gradient(model.bias, Tensor<float>({1}, 100.f));  // in float, 1e-6 vanishes beside 1e4
  CHECK(gradient_norm(Parameters<float>(model)) == Approx(std::sqrt(1e4 + 1)).epsilon(1e-9));
}

TEST_CASE("numbers whose squares overflow have a norm all the same") {
  SmallModel<double> model({2}, {1});
  set_gradient(model.weight, Tensor<double>({2}, {3e200, -4e200}));
  CHECK(gradient_norm(Parameters<double>(model)) == Approx(5e200));
  CHECK(clip_gradient_norm(Parameters<double>(model), 10).norm == Approx(5e200));
  CHECK(model.weight.gradient()[0] == Approx(6));
}

TEST_CASE("numbers whose squares vanish have a norm all the same, and are clipped to one") {
  SmallModel<double> model({2}, {1});
  set_gradient(model.weight, Tensor<double>({2}, {3e-200, -4e-200}));
  set_gradient(model.bias, Tensor<double>({1}, {12e-200}));
  CHECK(gradient_norm(Parameters<double>(model)) / 1e-200 == Approx(13));
  const auto report = clip_gradient_norm(Parameters<double>(model), 1.3e-250);
  CHECK(report.norm / 1e-200 == Approx(13));
  CHECK(report.clipped);
  CHECK(model.weight.gradient()[1] / 1e-250 == Approx(-0.4));
  CHECK(model.bias.gradient()[0] / 1e-250 == Approx(1.2));
}

TEMPLATE_TEST_CASE("gradients above the limit are scaled to it, and the report says what was found", "", float,
                   double) {
  auto model = model_of_norm_13<TestType>();
  const Parameters<TestType> parameters(model);
  const ClippingReport report = clip_gradient_norm(parameters, 6.5);
  CHECK(report.norm == 13);
  CHECK(report.limit == 6.5);
  CHECK(report.clipped);
  CHECK(model.weight.gradient() == Tensor<TestType>({2, 3}, {0, -1.5, 0, 0, 2, 0}));
  CHECK(model.bias.gradient() == Tensor<TestType>({3}, {0, 0, -6}));
  CHECK(gradient_norm(parameters) == 6.5);
}

TEST_CASE("gradients at or below the limit stay bit for bit; an infinite limit only measures") {
  auto model = model_of_norm_13<float>();
  const auto weight = model.weight.gradient();
  for (const double limit : {13.0, 14.0, infinity}) {
    const ClippingReport report = clip_gradient_norm(Parameters<float>(model), limit);
    CHECK(report.norm == 13);
    CHECK_FALSE(report.clipped);
    CHECK(model.weight.gradient() == weight);
    CHECK_FALSE(clip_gradient_value(Parameters<float>(model), limit).clipped);
    CHECK(model.weight.gradient() == weight);
  }
}

TEST_CASE("clipping by value moves each number into its interval and reports the largest") {
  auto model = model_of_norm_13<float>();
  const ValueClippingReport report = clip_gradient_value(Parameters<float>(model), 3.5);
  CHECK(report.largest == 12);
  CHECK(report.limit == 3.5);
  CHECK(report.clipped);
  CHECK(model.weight.gradient() == Tensor<float>({2, 3}, {0, -3, 0, 0, 3.5, 0}));
  CHECK(model.bias.gradient() == Tensor<float>({3}, {0, 0, -3.5}));
}

TEST_CASE("frozen parameters and parameters without a gradient do not count") {
  auto model = model_of_norm_13<float>();
  model.bias.frozen = true;
  CHECK(clip_gradient_norm(Parameters<float>(model), 1).norm == 5);
  CHECK(model.bias.gradient() == Tensor<float>({3}, {0, 0, -12}));
  CHECK(clip_gradient_value(Parameters<float>(model), 0.5).largest == Approx(0.8));
  SmallModel<float> fresh;
  CHECK(gradient_norm(Parameters<float>(fresh)) == 0);
  CHECK_FALSE(clip_gradient_norm(Parameters<float>(fresh), 1).clipped);
  model.bias.mutable_gradient()[0] = std::numeric_limits<float>::quiet_NaN();
  CHECK(gradient_norm(Parameters<float>(model)) > 0);
}

TEST_CASE("a gradient that is not finite is named, and nothing is changed") {
  const std::string rest =
      ", expected finite numbers (is the learning rate too high, or a logarithm or a quotient taken of 0?); no "
      "gradient "
      "was changed";
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  auto model = model_of_norm_13<float>();
  const Parameters<float> parameters(model);
  model.bias.mutable_gradient()[1] = nan;
  CHECK_THROWS_AS(clip_gradient_norm(parameters, 1), NumericalError);
  CHECK_THROWS_WITH(clip_gradient_norm(parameters, 1), "clip_gradient_norm: the gradient of bias[1] is nan" + rest);
  CHECK(model.weight.gradient() == Tensor<float>({2, 3}, {0, -3, 0, 0, 4, 0}));
  CHECK(model.bias.gradient()[2] == -12);
  model.weight.mutable_gradient()[5] = -inf;
  CHECK_THROWS_WITH(clip_gradient_value(parameters, 1),
                    "clip_gradient_value: the gradient of weight[1, 2] is -inf" + rest);
  CHECK_THROWS_WITH(gradient_norm(parameters), "gradient_norm: the gradient of weight[1, 2] is -inf" + rest);
}

TEST_CASE("a limit that is not above 0 is refused") {
  auto model = model_of_norm_13<float>();
  const Parameters<float> parameters(model);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double limit : {0.0, -1.0, nan}) {
    CHECK_THROWS_AS(clip_gradient_norm(parameters, limit), ArgumentError);
    CHECK_THROWS_AS(clip_gradient_value(parameters, limit), ArgumentError);
  }
  CHECK_THROWS_WITH(clip_gradient_norm(parameters, 0),
                    "clip_gradient_norm: limit is 0, expected a number in (0, infinity]");
  CHECK_THROWS_WITH(clip_gradient_value(parameters, -1),
                    "clip_gradient_value: limit is -1, expected a number in (0, infinity]");
}

TEMPLATE_TEST_CASE("clipping by a team finds the bits of the norm, and leaves the bits of the gradients, of one thread",
                   "", float, double) {
  for (const double limit : {1e-3, 1e6, infinity}) {
    const auto clipped = [&](auto&& clip) {
      ManySizes<TestType> model;
      for (std::size_t i = 0; i < model.parameters.size(); ++i)
        if (i != 4) set_gradient(model.parameters[i], uneven<TestType>(Random(i), model.parameters[i].shape()));
      model.parameters[8].frozen = true;
      const ClippingReport report = clip(Parameters<TestType>(model));
      CHECK(report.clipped == (limit < 1));
      std::vector<Tensor<TestType>> gradients;
      for (const auto& parameter : model.parameters) gradients.push_back(parameter.gradient());
      return std::pair(report.norm, gradients);
    };
    const auto expected = clipped([&](const auto& parameters) { return clip_gradient_norm(parameters, limit); });
    for (const std::size_t threads : team_sizes) {
      Team team(threads);
      INFO(threads << " threads, limit " << limit);
      CHECK((clipped([&](const auto& parameters) { return clip_gradient_norm(parameters, limit, team); }) == expected));
    }
  }
}

TEST_CASE("clipping by a team meets overflow, numbers that are not finite and wrong limits as one thread does") {
  ManySizes<double> model;
  const Parameters<double> parameters(model);
  Parameter<double>& large = model.parameters[9];
  Team team(2);
  set_gradient(large, Tensor<double>(large.shape()));
  large.mutable_gradient()[0] = 3e200;
  large.mutable_gradient()[large.gradient().size() - 1] = -4e200;
  CHECK(clip_gradient_norm(parameters, infinity, team).norm == Approx(5e200));
  CHECK_THROWS_WITH(clip_gradient_norm(parameters, 0, team),
                    "clip_gradient_norm: limit is 0, expected a number in (0, infinity]");
  large.mutable_gradient().at({600, 2}) = infinity;
  CHECK_THROWS_AS(clip_gradient_norm(parameters, 1, team), NumericalError);
  CHECK_THROWS_WITH(clip_gradient_norm(parameters, 1, team),
                    Catch::StartsWith("clip_gradient_norm: the gradient of parameters.9[600, 2] is inf, expected"));
  CHECK(large.gradient()[0] == 3e200);
}

TEMPLATE_TEST_CASE("a norm is brought down to the limit however large it was, and however small the factor", "", float,
                   double) {
  using Limits = std::numeric_limits<TestType>;
  const TestType large = Limits::max();
  for (const double limit : {1.0, 1e-3})
    for (const TestType number : {large / 8, large / 4, large}) {
      for (const std::size_t count : {1, 2, 3}) {
        SmallModel<TestType> model;
        Tensor<TestType> gradient({2, 3});
        for (std::size_t i = 0; i < count; ++i) gradient[i] = i == 1 ? -number : number;
        set_gradient(model.weight, gradient);
        const Parameters<TestType> parameters(model);
        INFO("limit " << limit << ", " << count << " times " << number);
        CHECK(clip_gradient_norm(parameters, limit).clipped);
        CHECK(gradient_norm(parameters) == Approx(limit));
        CHECK(std::abs(static_cast<double>(model.weight.gradient()[0]))
              == Approx(limit / std::sqrt(static_cast<double>(count))));
      }
    }
}

TEST_CASE("a norm beyond the largest double is reported as infinite, and clipped all the same") {
  SmallModel<double> model;
  set_gradient(model.weight, Tensor<double>({2, 3}, {1.7e308, 1.7e308, 0, 0, 0, 0}));
  const Parameters<double> parameters(model);
  const auto report = clip_gradient_norm(parameters, 1);
  CHECK(report.norm == infinity);
  CHECK(report.clipped);
  CHECK(model.weight.gradient()[1] == Approx(std::sqrt(0.5)));
}
