#include "ops/op_table.hpp"
#include <unroll/framework/tensor/denormals.hpp>

#include <cmath>
#include <limits>

/// Every op on float against the same on double, where numbers are tiny and where they are large, denormals flushed as
/// in training: each value and gradient is near that of double, or infinite where that is beyond a float. Left out are
/// * scales below 1e-30: numbers near the least normal one, 1e-38, are flushed themselves, and so is what is left of
///   them; for the same reason differences of less than some least normal numbers do not count;
/// * which of both is right from a hundredth of the largest float on: there a term may be infinite, such as the 2 x of
///   x², where what it is multiplied by, or added to, makes the result finite;
/// * sums of products from 1e25 on: they are counted in float, and where terms of both signs are infinite they are NaN.
using namespace unroll;
using namespace unroll::testing;

namespace {

/// The numbers that are scaled: of all inputs, of the first or of the last, or only the first number of each.
enum class Scaled { all, first_input, last_input, first_numbers };

std::vector<Tensor<float>> scaled_inputs(const OpUse& op, Scaled scaled, double scale) {
  std::vector<Tensor<float>> inputs;
  for (std::size_t k = 0; k < op.inputs.size(); ++k) {
    Tensor<float>& input = inputs.emplace_back(op.inputs[k].shape());
    for (std::size_t i = 0; i < input.size(); ++i) {
      const bool changes = scaled == Scaled::all || (scaled == Scaled::first_input && k == 0)
                           || (scaled == Scaled::last_input && k + 1 == op.inputs.size())
                           || (scaled == Scaled::first_numbers && i == 0);
      input[i] = static_cast<float>(op.inputs[k][i] * (changes ? scale : 1));
    }
  }
  return inputs;
}

/// What an op gives, and then the gradients of its inputs.
template <class Scalar>
std::vector<Tensor<double>> results(const std::function<Variable<Scalar>(Inputs<Scalar>)>& op,
                                    const std::vector<Tensor<float>>& inputs) {
  Tape<Scalar> tape;
  std::vector<Variable<Scalar>> variables;
  for (const auto& input : inputs) variables.push_back(tape.input(cast<Scalar>(input)));
  const auto y = op(variables);
  std::vector<Tensor<double>> found{cast<double>(Tensor<Scalar>(y.value()))};
  const auto cotangent = normal<Scalar>(Random(7), y.shape());
  tape.backward({{y, cotangent.view()}});
  for (const auto& variable : variables) found.push_back(cast<double>(Tensor<Scalar>(variable.gradient())));
  return found;
}

/// `among` is what the numbers were added to others of the size of, and so rounded like.
bool is_right(double found, double expected, double among) {
  using Limits = std::numeric_limits<float>;
  if (!(std::abs(expected) < static_cast<double>(Limits::max()) / 100) && !std::isfinite(found)) return true;
  return std::abs(found - expected) <= 1e-4 * among + 2 * static_cast<double>(Limits::min());
}

void expect_right(const Tensor<double>& found, const Tensor<double>& expected) {
  double largest = 0;  // that a float holds
  for (const double number : expected)
    if (std::abs(number) <= static_cast<double>(std::numeric_limits<float>::max()))
      largest = std::max(largest, std::abs(number));
  for (std::size_t i = 0; i < found.size(); ++i) {
    CAPTURE(i, found[i], expected[i], largest);
    CHECK(is_right(found[i], expected[i], largest));
  }
}

}  // namespace

TEST_CASE("every op on float is as on double, for tiny numbers and large ones", "[ops][magnitudes]") {
  const auto scaled = GENERATE(Scaled::all, Scaled::first_input, Scaled::last_input, Scaled::first_numbers);
  for (const OpUse& op : all_ops())
    for (const double scale : {1e-30, 1e-20, 1e-15, 1e-10, 1e-5, 1.0, 1e5, 1e10, 1e15, 1e19, 1e25, 1e30, 1e37, 1e38}) {
      if (op.name == "linear" && scale >= 1e25) continue;
      const auto inputs = scaled_inputs(op, scaled, scale);
      const auto expected = results<double>(op.plain, inputs);
      const FlushDenormals flush;
      const auto found = results<float>(op.single, inputs);
      for (std::size_t k = 0; k < found.size(); ++k) {
        INFO(op.name << ", " << (k == 0 ? "value" : "gradient " + std::to_string(k - 1)) << ", numbers of "
                     << static_cast<int>(scaled) << " times " << scale);
        expect_right(found[k], expected[k]);
      }
    }
}
