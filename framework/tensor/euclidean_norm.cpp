#include <unroll/framework/tensor/euclidean_norm.hpp>

#include <array>
#include <cstddef>

namespace unroll::inline v0::detail {

/// Adds in many sums side by side: a single sum waits for each addition, and the compiler may not reorder it.
template <class Scalar>
double sum_of_squares(std::span<const Scalar> numbers, double unit) {
  std::array<double, 32> sums{};
  std::size_t i = 0;
  for (; i + sums.size() <= numbers.size(); i += sums.size())
    for (std::size_t lane = 0; lane < sums.size(); ++lane) {
      const double number = unit * static_cast<double>(numbers[i + lane]);
      sums[lane] += number * number;
    }
  double sum = 0;
  for (; i < numbers.size(); ++i) sum += std::pow(unit * static_cast<double>(numbers[i]), 2);
  for (const double partial : sums) sum += partial;
  return sum;
}

template double sum_of_squares(std::span<const float>, double);
template double sum_of_squares(std::span<const double>, double);

}  // namespace unroll::inline v0::detail
