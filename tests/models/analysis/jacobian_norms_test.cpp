#include "support/catch.hpp"
#include <unroll/framework/tensor/random.hpp>
#include <unroll/models/analysis/jacobian_norms.hpp>
#include <unroll/models/analysis/spectral_norm.hpp>

#include <cmath>
#include <limits>
#include <numeric>

using namespace unroll;

namespace {

Tensor<double> product_of(const Tensor<double>& a, const Tensor<double>& b) {
  const std::size_t n = a.shape()[0];
  Tensor<double> result({n, n});
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j)
      for (std::size_t k = 0; k < n; ++k) result.at({i, j}) += a.at({i, k}) * b.at({k, j});
  return result;
}

/// Steps whose Jacobians are given: [sequence][step], each [n, n].
struct GivenSteps {
  std::vector<std::vector<Tensor<double>>> jacobians;
  int pulled = 0;

  StepProducts<double> products() {
    const auto multiply = [this](std::size_t step, Tensor<double>& rows, bool transposed) {
      const Tensor<double> before = rows;
      const std::size_t n = rows.shape()[1], copies = rows.shape()[0] / jacobians.size();
      for (std::size_t row = 0; row < rows.shape()[0]; ++row)
        for (std::size_t i = 0; i < n; ++i) {
          double sum = 0;
          for (std::size_t j = 0; j < n; ++j) {
            const auto& jacobian = jacobians[row / copies][step];
            sum += (transposed ? jacobian.at({j, i}) : jacobian.at({i, j})) * before.at({row, j});
          }
          rows.at({row, i}) = sum;
        }
    };
    return {.steps = jacobians[0].size(),
            .sequences = jacobians.size(),
            .width = jacobians[0][0].shape()[0],
            .pull_back = [=, this](std::size_t step, Tensor<double>& rows) { ++pulled, multiply(step, rows, true); },
            .push_forward = [=](std::size_t step, Tensor<double>& rows) { multiply(step, rows, false); }};
  }
};

GivenSteps random_steps(std::size_t sequences, std::size_t steps, std::size_t width, double scale) {
  GivenSteps given;
  for (std::size_t n = 0; n < sequences; ++n) {
    given.jacobians.emplace_back();
    for (std::size_t t = 0; t < steps; ++t)
      given.jacobians[n].push_back(
          normal<double>(Random(n).split(t), {width, width}, 0, scale / std::sqrt(static_cast<double>(width))));
  }
  return given;
}

}  // namespace

TEST_CASE("Jacobian norms are those of the products of the steps' Jacobians, for every end and distance",
          "[jacobian_norms]") {
  const auto [exact_width, tolerance] =
      GENERATE(table<std::size_t, double>({{64, 1e-12}, {0, 2e-3}}));  // as they are; by power iteration
  auto given = random_steps(2, 9, 5, 0.8);
  const auto norms = jacobian_norms(given.products(), {.ends = 8, .distances = 8, .exact_width = exact_width});
  CHECK(norms.size() == 8 * 9 / 2);
  for (const auto& [end, distance, norm, largest] : norms) {
    CAPTURE(end, distance);
    std::vector<double> expected;
    for (const auto& jacobians : given.jacobians) {
      Tensor<double> product = jacobians[end];
      for (std::size_t t = end; t-- > end + 1 - distance;) product = product_of(product, jacobians[t]);
      expected.push_back(spectral_norm(product));
    }
    CHECK(norm == Approx(std::sqrt(expected[0] * expected[1])).epsilon(tolerance));
    CHECK(largest == Approx(std::max(expected[0], expected[1])).epsilon(tolerance));
  }
}

TEST_CASE("Jacobian norms of long products neither overflow nor become NaN on the way", "[jacobian_norms]") {
  const std::size_t exact_width = GENERATE(64, 0);
  const auto last_norm = [&](double scale) {
    auto given = random_steps(1, 301, 3, 1);
    for (auto& jacobian : given.jacobians[0]) {
      for (double& number : jacobian) number = 0;
      for (std::size_t i = 0; i < 3; ++i) jacobian.at({i, i}) = scale;
    }
    return jacobian_norms(given.products(), {.ends = 1, .distances = 2, .exact_width = exact_width}).back().norm;
  };
  CHECK(last_norm(0.5) == Approx(std::pow(0.5, 300)).epsilon(1e-9));
  CHECK(last_norm(10) == Approx(1e300).epsilon(1e-9));
  CHECK(last_norm(1e-3) == 0);
  CHECK(last_norm(1e3) == std::numeric_limits<double>::infinity());
  CHECK(last_norm(0) == 0);
}

TEST_CASE("Jacobian norms are right where the squares of a single step's numbers overflow or vanish",
          "[jacobian_norms]") {
  const std::size_t exact_width = GENERATE(64, 0);
  auto given = random_steps(1, 301, 3, 1);
  for (std::size_t t = 0; t < given.jacobians[0].size(); ++t)
    for (double& number : given.jacobians[0][t]) number *= t % 2 == 0 ? 1e-200 : 1e200;
  const auto plain = jacobian_norms(random_steps(1, 301, 3, 1).products(), {.ends = 1, .exact_width = exact_width});
  const auto norms = jacobian_norms(given.products(), {.ends = 1, .exact_width = exact_width});
  REQUIRE(norms.size() == plain.size());
  for (std::size_t i = 0; i < norms.size(); ++i) {
    const double scale = norms[i].distance % 2 == 0 ? 1 : 1e-200;  // from an even end back
    CHECK(norms[i].norm / scale == Approx(plain[i].norm).epsilon(1e-3));
  }
}

TEST_CASE("one step has no distance, and few ends and distances are spread evenly", "[jacobian_norms]") {
  CHECK(jacobian_norms(random_steps(1, 1, 2, 1).products()).empty());
  CHECK(evenly_spaced(4, 9) == std::vector<std::size_t>{1, 2, 3, 4});
  CHECK(evenly_spaced(100, 4) == std::vector<std::size_t>{25, 50, 75, 100});
  CHECK(evenly_spaced(10, 3) == std::vector<std::size_t>{4, 7, 10});
  CHECK(evenly_spaced(0, 3).empty());
}

TEST_CASE("power iteration starts from what it found nearer by", "[jacobian_norms]") {
  auto given = random_steps(1, 33, 4, 0.8);
  jacobian_norms(given.products(), {.ends = 1, .distances = 32, .exact_width = 0});
  const int all = 32 * 33 / 2;  // what one iteration for each distance takes
  CHECK(given.pulled < 7 * all);
}

TEST_CASE("power iteration in float is right where the second singular value is lost to rounding", "[jacobian_norms]") {
  // Steps of Q diag(0.9, 0.5, ..., 0.5) Q with a reflection Q = 1 - 2 u uᵀ: of norm 0.9^d after d steps.
  constexpr std::size_t width = 80, distance = 48;
  Tensor<double> u = normal<double>(Random(7), {width});
  const double length = std::sqrt(std::inner_product(u.begin(), u.end(), u.begin(), 0.0));
  for (double& number : u) number /= length;
  const auto reflect = [&](float* row) {
    const double along = std::inner_product(u.begin(), u.end(), row, 0.0);
    for (std::size_t i = 0; i < width; ++i) row[i] -= static_cast<float>(2 * along * u[i]);
  };
  const auto step = [&](std::size_t, Tensor<float>& rows) {
    for (std::size_t first = 0; first < rows.size(); first += width) {
      float* const row = rows.data() + first;
      reflect(row);
      for (std::size_t i = 0; i < width; ++i) row[i] *= i == 0 ? 0.9f : 0.5f;
      reflect(row);
    }
  };
  const StepProducts<float> products{
      .steps = distance + 1, .sequences = 3, .width = width, .pull_back = step, .push_forward = step};
  for (const auto& found : jacobian_norms(products, {.ends = 1, .distances = 4}))
    CHECK(found.largest == Approx(std::pow(0.9, static_cast<double>(found.distance))).epsilon(2e-3));
}
