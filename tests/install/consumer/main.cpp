// A user's project: an op of its own, recorded on a tape, and its gradient beside the formula.
#include <unroll/framework/error.hpp>
#include <unroll/framework/tape.hpp>
#include <unroll/ops/activations.hpp>
#include <unroll/ops/arithmetic.hpp>
#include <unroll/ops/map.hpp>

#include <cmath>
#include <cstdio>

#if __has_include("framework/tape.hpp") || __has_include(<ops/map.hpp>)
#error "a folder of unroll with a name that anybody could use is on the include path"
#endif

/// In array.cpp, which is the only file here to pay for compiling xtensor.
double twice_through_xtensor(double number);

namespace {

/// x sigmoid(x) (Elfwing et al. 2017).
template <class Scalar>
unroll::Variable<Scalar> swish(unroll::Variable<Scalar> x) {
  return unroll::map(
      "swish", [](auto a) { return a * sigmoid(a); }, x);
}

double swish_slope(double x) {
  const double s = 1 / (1 + std::exp(-x));
  return s + x * s * (1 - s);
}

template <class Scalar>
double largest_error() {
  unroll::Tape<Scalar> tape;
  const unroll::Tensor<Scalar> numbers({5}, {-2, -1, 0, 1, 3});
  const unroll::Tensor<Scalar> ones({5}, 1);
  const auto x = tape.input(numbers);
  const auto y = swish(x) * Scalar{2};
  tape.backward({{y, ones}});
  double largest = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i)
    largest = std::max(largest, std::abs(double(x.gradient()[i]) - 2 * swish_slope(double(numbers[i]))));
  return largest;
}

bool errors_cross_the_library() {
  try {
    unroll::Variable<float>().shape();
  } catch (const unroll::TapeError&) {
    return true;
  }
  return false;
}

}  // namespace

int main() {
  const double in_float = largest_error<float>(), in_double = largest_error<double>();
  std::printf("largest gradient error: %.1e in float, %.1e in double\n", in_float, in_double);
  return in_float < 1e-5 && in_double < 1e-12 && errors_cross_the_library() && twice_through_xtensor(3) == 6 ? 0 : 1;
}
