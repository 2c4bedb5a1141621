#include "support/catch.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tensor/initializer.hpp>

#include <cmath>
#include <limits>
#include <vector>

using namespace unroll;

namespace {

const Shape tall{300, 200};

struct Moments {
  double mean, deviation, kurtosis, largest;
};
Moments moments(const Tensor<double>& tensor) {
  const auto count = static_cast<double>(tensor.size());
  double mean = 0, second = 0, fourth = 0, largest = 0;
  for (const double x : tensor) mean += x / count;
  for (const double x : tensor) {
    second += std::pow(x - mean, 2) / count;
    fourth += std::pow(x - mean, 4) / count;
    largest = std::max(largest, std::abs(x));
  }
  return {mean, std::sqrt(second), fourth / (second * second), largest};
}

// 60,000 numbers: the mean is off by deviation / 245, the deviation by at most 0.3 %, the kurtosis by 0.02; four times
// that is allowed.
void check_even(const Tensor<double>& tensor, double bound) {
  const Moments found = moments(tensor);
  CHECK(std::abs(found.mean) < 4 * bound / std::sqrt(3.0) / 245);
  CHECK(found.deviation == Approx(bound / std::sqrt(3.0)).epsilon(0.012));
  CHECK(found.kurtosis == Approx(1.8).margin(0.03));
  CHECK(found.largest <= bound);
  CHECK(found.largest > 0.999 * bound);
}
void check_normal(const Tensor<double>& tensor, double deviation) {
  const Moments found = moments(tensor);
  CHECK(std::abs(found.mean) < 4 * deviation / 245);
  CHECK(found.deviation == Approx(deviation).epsilon(0.012));
  CHECK(found.kurtosis == Approx(3).margin(0.08));
}

/// The Q of a tall matrix by the method of Gram and Schmidt, twice over, one column at a time. Its R has a positive
/// diagonal, and there is only one such Q.
std::vector<double> gram_schmidt(std::vector<double> a, std::size_t rows, std::size_t columns) {
  const auto dot = [&](std::size_t j, std::size_t k) {
    double sum = 0;
    for (std::size_t i = 0; i < rows; ++i) sum += a[i * columns + j] * a[i * columns + k];
    return sum;
  };
  for (std::size_t j = 0; j < columns; ++j) {
    for (int twice = 0; twice < 2; ++twice)
      for (std::size_t k = 0; k < j; ++k) {
        const double along = dot(j, k);
        for (std::size_t i = 0; i < rows; ++i) a[i * columns + j] -= along * a[i * columns + k];
      }
    const double length = std::sqrt(dot(j, j));
    for (std::size_t i = 0; i < rows; ++i) a[i * columns + j] /= length;
  }
  return a;
}

/// The largest element of |M Mᵀ - gain² I|, or of |Mᵀ M - gain² I| for a tall matrix.
double distance_from_orthogonal(const Tensor<double>& m, double gain) {
  const std::size_t rows = m.shape()[0], columns = m.shape()[1], fewer = std::min(rows, columns);
  double worst = 0;
  for (std::size_t a = 0; a < fewer; ++a)
    for (std::size_t b = 0; b < fewer; ++b) {
      double sum = a == b ? -gain * gain : 0;
      for (std::size_t i = 0; i < std::max(rows, columns); ++i)
        sum += rows >= columns ? m.at({i, a}) * m.at({i, b}) : m.at({a, i}) * m.at({b, i});
      worst = std::max(worst, std::abs(sum));
    }
  return worst;
}

}  // namespace

TEST_CASE("uniform_fan_in draws evenly within 1 / sqrt(fan_in), the last axis") {
  check_even(uniform_fan_in<double>(Random(1), tall), 1 / std::sqrt(200.0));
  check_even(uniform_fan_in<double>(Random(2), {60000}, 16), 0.25);
}

TEST_CASE("the Xavier initializers have Glorot and Bengio's variance, times the gain") {
  check_even(xavier_uniform<double>(Random(1), tall), std::sqrt(6. / 500));
  check_even(xavier_uniform<double>(Random(2), tall, 3), 3 * std::sqrt(6. / 500));
  check_normal(xavier_normal<double>(Random(3), tall), std::sqrt(2. / 500));
  check_normal(xavier_normal<double>(Random(4), tall, 0.5), 0.5 * std::sqrt(2. / 500));
}

TEST_CASE("the He initializers have variance 2 / fan_in, less for a slope") {
  check_even(he_uniform<double>(Random(1), tall), std::sqrt(6. / 200));
  check_even(he_uniform<double>(Random(2), tall, 0.5), std::sqrt(6. / (1.25 * 200)));
  check_normal(he_normal<double>(Random(3), tall), std::sqrt(2. / 200));
  check_normal(he_normal<double>(Random(4), tall, 0.5), std::sqrt(2. / (1.25 * 200)));
}

TEST_CASE("the same seed gives the same weights on every platform") {
  // The 53-bit numbers at positions 0 to 3 of seed 7, from an implementation of Philox4x32-10 in another language that
  // was checked by the known answers that its authors publish.
  const double bits[] = {4458922069294811, 2803236661048733, 7992507828482528, 6916660909513350};
  const auto weight = uniform_fan_in<double>(Random(7), {1, 4});
  for (std::size_t i = 0; i < 4; ++i) CHECK(weight[i] == Approx(-0.5 + bits[i] * 0x1p-53).epsilon(1e-15));
}

TEST_CASE("a float weight is the double one, rounded") {
  const auto exact = cast<float>(he_normal<double>(Random(5), {7, 5}));
  CHECK(he_normal<float>(Random(5), {7, 5}) == exact);
  CHECK(orthogonal<float>(Random(5), {7, 5}) == cast<float>(orthogonal<double>(Random(5), {7, 5})));
}

TEST_CASE("orthogonal gives orthonormal rows or columns, whichever are fewer, times the gain") {
  for (const Shape& shape :
       {Shape{1, 1}, Shape{2, 2}, Shape{64, 64}, Shape{65, 8}, Shape{8, 65}, Shape{5, 1}, Shape{1, 5}})
    for (const double gain : {1.0, 0.25}) {
      INFO(to_string(shape) << " with gain " << gain);
      CHECK(distance_from_orthogonal(orthogonal<double>(Random(9), shape, gain), gain) < 1e-14);
    }
}

TEST_CASE("orthogonal is the Q of normal numbers whose R has a positive diagonal") {
  const std::size_t rows = 20, columns = 12;
  const auto numbers = normal<double>(Random(4), {rows, columns});
  const auto expected = gram_schmidt({numbers.begin(), numbers.end()}, rows, columns);
  const auto found = orthogonal<double>(Random(4), {rows, columns});
  const auto transposed = orthogonal<double>(Random(4), {columns, rows});
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j) {
      CHECK(found.at({i, j}) == Approx(expected[i * columns + j]).margin(1e-13));
      CHECK(transposed.at({j, i}) == found.at({i, j}));
    }
}

TEST_CASE("orthogonal matrices are drawn evenly: every element has mean 0 and variance 1 / n") {
  // Without the positive diagonal (Mezzadri 2007, section 5) the first element would always be negative.
  const std::size_t draws = 4000;
  double mean = 0, square = 0, determinant = 0;
  for (std::size_t i = 0; i < draws; ++i) {
    const auto q = orthogonal<double>(Random(8).split(i), {2, 2});
    mean += q[0] / draws;
    square += q[0] * q[0] / draws;
    determinant += (q[0] * q[3] - q[1] * q[2]) / draws;
  }
  CHECK(std::abs(mean) < 0.045);               // 4 / sqrt(2 draws)
  CHECK(square == Approx(0.5).margin(0.023));  // the variance of cos² is 1/8
  CHECK(std::abs(determinant) < 0.064);        // rotations and reflections alike
}

TEST_CASE("identity and constant are what they say, for any shape") {
  CHECK(identity<double>({2, 3}) == Tensor<double>({2, 3}, {1, 0, 0, 0, 1, 0}));
  CHECK(identity<double>({3, 2}, 0.5) == Tensor<double>({3, 2}, {0.5, 0, 0, 0.5, 0, 0}));
  CHECK(constant<float>({4}, 1.5) == Tensor<float>({4}, 1.5f));
}

TEST_CASE("weights without rows or columns are empty") {
  CHECK(orthogonal<double>(Random(1), {0, 3}).size() == 0);
  CHECK(orthogonal<double>(Random(1), {3, 0}).size() == 0);
  CHECK(identity<double>({0, 3}).size() == 0);
  CHECK(xavier_uniform<double>(Random(1), {0, 0}).size() == 0);
  CHECK(he_normal<double>(Random(1), {3, 0}).size() == 0);
}

TEST_CASE("an initializer of weights refuses what has not two axes") {
  const Random random(1);
  CHECK_THROWS_AS(xavier_uniform(random, {3}), ShapeError);
  CHECK_THROWS_WITH(xavier_uniform(random, {3}),
                    "xavier_uniform: the weight of shape [3] given, expected 2 axes: [H, D]");
  CHECK_THROWS_WITH(xavier_normal(random, {3}), Catch::StartsWith("xavier_normal: the weight of shape [3] given"));
  CHECK_THROWS_WITH(he_uniform(random, {}), Catch::StartsWith("he_uniform: the weight of shape [] given"));
  CHECK_THROWS_WITH(he_normal(random, {1, 2, 3}), Catch::StartsWith("he_normal: the weight of shape [1, 2, 3] given"));
  CHECK_THROWS_WITH(orthogonal(random, {3}), Catch::StartsWith("orthogonal: the weight of shape [3] given"));
  CHECK_THROWS_WITH(identity({3}), Catch::StartsWith("identity: the weight of shape [3] given"));
}

TEST_CASE("an initializer refuses a gain that is not finite and a fan-in of 0") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(orthogonal(Random(1), {2, 2}, nan), ArgumentError);
  CHECK_THROWS_WITH(orthogonal(Random(1), {2, 2}, nan),
                    "orthogonal: gain is nan, expected a number in (-infinity, infinity)");
  CHECK_THROWS_WITH(he_normal(Random(1), {2, 2}, nan),
                    "he_normal: slope is nan, expected a number in (-infinity, infinity)");
  CHECK_THROWS_AS(uniform_fan_in(Random(1), {4, 0}), ArgumentError);
  CHECK_THROWS_WITH(uniform_fan_in(Random(1), {4, 0}),
                    "uniform_fan_in: fan_in is 0 for shape [4, 0], expected at least 1");
}
