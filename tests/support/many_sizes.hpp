#pragma once

#include <unroll/framework/tape/module.hpp>
#include <unroll/framework/tensor/random.hpp>

#include <array>
#include <limits>
#include <vector>

namespace unroll::testing {

/// The team sizes to test.
constexpr std::array<std::size_t, 4> team_sizes = {1, 2, 3, 7};

/// Parameters of every kind of size, from none to enough numbers to wake seven threads.
template <class Scalar = float>
struct ManySizes {
  std::vector<Parameter<Scalar>> parameters;

  ManySizes() {
    const Shape shapes[] = {{0},    {1},    {7},    {3, 11},    {1023},     {1024},
                            {1025}, {2, 0}, {5000}, {601, 499}, {300, 703}, {19}};
    for (const Shape& shape : shapes)
      parameters.emplace_back(normal<Scalar>(Random(21).split(parameters.size()), shape));
  }
  static void members(auto& self, auto&& visit) { visit("parameters", self.parameters); }
};

/// Normal numbers, of which some are denormal and some are 0.
template <class Scalar>
Tensor<Scalar> uneven(const Random& random, const Shape& shape) {
  Tensor<Scalar> result = normal<Scalar>(random, shape);
  for (std::size_t i = 0; i < result.size(); i += 13) result[i] *= std::numeric_limits<Scalar>::min() / 2;
  for (std::size_t i = 5; i < result.size(); i += 29) result[i] = 0;
  return result;
}

}  // namespace unroll::testing
