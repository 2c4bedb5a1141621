#include "support/catch.hpp"
#include <unroll/framework/tensor/euclidean_norm.hpp>

#include <limits>
#include <vector>

using namespace unroll;

namespace {

template <class Scalar>
detail::ScaledNorm norm_of(const std::vector<Scalar>& numbers) {
  return detail::euclidean_norm(std::span<const Scalar>(numbers));
}

}  // namespace

TEST_CASE("a Euclidean norm is right whatever the size of its numbers") {
  for (const double size : {4e-320, 1e-300, 1e-200, 1e-160, 1e-154, 1e-140, 1.0, 1e140, 1e154, 1e200, 1e307}) {
    CAPTURE(size);
    for (const std::size_t more : {0, 29, 30, 31, 100}) {  // around the sums that go side by side
      std::vector<double> numbers(more);
      numbers.push_back(3 * size), numbers.push_back(-4 * size), numbers.push_back(12 * size);
      const auto norm = norm_of(numbers);
      CHECK(norm.value() == Approx(13 * size).epsilon(size < 1e-310 ? 1e-3 : 1e-14));
      CHECK(norm.log() == Approx(std::log(13) + std::log(size)).epsilon(1e-5));
      CHECK(norm.fraction_of(6.5 * size) == Approx(0.5).epsilon(size < 1e-310 ? 1e-3 : 1e-14));
    }
  }
}

TEST_CASE("a Euclidean norm of floats is right from the least float to the largest") {
  using Limits = std::numeric_limits<float>;
  for (const float size : {Limits::denorm_min(), Limits::min(), 1e-20F, 1.F, 1e20F, Limits::max() / 4})
    CHECK(norm_of(std::vector<float>{3 * size, -4 * size}).value() == Approx(5 * static_cast<double>(size)));
}

TEST_CASE("a Euclidean norm counts what vanishes beside other numbers that nearly do") {
  std::vector<double> numbers(4'000'000, 1e-162);  // squares of which nothing is left
  numbers[0] = 1e-160;
  CHECK(norm_of(numbers).value() == Approx(1e-162 * std::sqrt(4e6 - 1 + 1e4)).epsilon(1e-10));
}

TEST_CASE("a Euclidean norm beyond the largest double has a logarithm, and shares that are numbers") {
  constexpr double largest = std::numeric_limits<double>::max();
  const auto norm = norm_of(std::vector<double>(4, largest));
  CHECK(std::isinf(norm.value()));
  CHECK(norm.log() == Approx(std::log(largest) + std::log(2)));
  CHECK(norm.fraction_of(largest) == 0.5);
}

TEST_CASE("a Euclidean norm of zeros is 0, and that of numbers that are not finite shows it") {
  constexpr double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(norm_of(std::vector<double>{}).value() == 0);
  CHECK(norm_of(std::vector<double>(40)).value() == 0);
  CHECK(norm_of(std::vector<float>(40)).value() == 0);
  CHECK(norm_of(std::vector<double>{1e-200, -infinity}).value() == infinity);
  CHECK(std::isnan(norm_of(std::vector<double>{1e200, nan, infinity}).value()));
  CHECK(std::isnan(norm_of(std::vector<double>{1e-200, nan}).value()));
}
