#pragma once

#include <unroll/framework/tape.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace unroll::inline v0 {

struct GradientCheckOptions {
  /// 0 checks every number on its own. Otherwise this many random directions through all of them together: two
  /// evaluations a direction, for models too large to be checked number by number.
  std::size_t directions = 0;
  /// Passes when |tape - difference| <= relative_tolerance * the larger of the two + absolute_tolerance * the scale of
  /// the function. A central difference in double is good to about 1e-9 of the function.
  double relative_tolerance = 1e-6;
  double absolute_tolerance = 1e-8;
  /// Draws the cotangents and the directions.
  std::uint64_t seed = 1;
};

/// One gradient, found in two ways.
struct GradientComparison {
  std::string where;  // "lstm.hidden_weight[2, 17]"
  double tape = 0;
  double difference = 0;
  /// |tape - difference| over the larger of the two; 0 when both are 0.
  double relative_error() const;
};

/// What check_gradients found.
struct GradientReport {
  std::size_t compared = 0;
  /// The comparison that is furthest from what is allowed, or nearest to it; meaningless when none was made.
  GradientComparison worst;
  /// How many comparisons failed.
  std::size_t failed = 0;
  /// What else is wrong: not deterministic, not finite, a rule that ignores the gradient it is given. Empty if nothing.
  std::string problem;

  bool passed() const { return failed == 0 && problem.empty(); }
};

/// "lstm.hidden_weight[2, 17]: tape 0.1181, central difference 0.1204, relative error 1.9e-02 (3 of 60 failed)"
std::string to_string(const GradientReport& report);
std::ostream& operator<<(std::ostream& stream, const GradientReport& report);

/// A function from inputs on a tape to outputs on the same tape.
using CheckedFunction =
    std::function<std::vector<Variable<double>>(Tape<double>& tape, std::span<const Variable<double>> inputs)>;

namespace detail {
[[noreturn]] void refuse_float_gradients();

GradientReport check_gradients(const CheckedFunction& function, std::vector<Tensor<double>> inputs,
                               const Parameters<double>& parameters, const GradientCheckOptions& options);

template <class Function, class... Arguments>
std::vector<Variable<double>> call_for_outputs(Function& function, Arguments&&... arguments) {
  auto result = function(std::forward<Arguments>(arguments)...);
  if constexpr (std::is_same_v<decltype(result), Variable<double>>)
    return {result};
  else
    return {std::begin(result), std::end(result)};
}
}  // namespace detail

/// Compares the tape's gradients with central differences (f(x + h) - f(x - h)) / 2h, in double, for every input and
/// every parameter. `function(tape, inputs)` records and returns one Variable, or a vector or array of them, of any
/// shape; they are contracted with random cotangents, since a plain sum would hide symmetric mistakes. The parameters
/// that it uses are given beside the inputs; they are moved a little and put back.
///
///     const auto report = check_gradients([](auto&, auto in) { return matmul(in[0], in[1]); },
///                                         {normal<double>(Random(1), {3, 4}), normal<double>(Random(2), {4, 2})});
///     if (!report.passed()) std::cerr << report << '\n';
///
/// Keep inputs away from kinks (relu at 0, the tie of a maximum): there the two sides differ, and so do the answers.
template <class Function>
GradientReport check_gradients(Function function, std::vector<Tensor<double>> inputs,
                               const Parameters<double>& parameters = {}, const GradientCheckOptions& options = {}) {
  return detail::check_gradients(
      [&function](Tape<double>& tape, std::span<const Variable<double>> variables) {
        return detail::call_for_outputs(function, tape, variables);
      },
      std::move(inputs), parameters, options);
}

/// The same for all parameters of a module; `function(tape, module)`.
template <Module M, class Function>
GradientReport check_gradients(M& module, Function function, const GradientCheckOptions& options = {}) {
  return detail::check_gradients(
      [&](Tape<double>& tape, std::span<const Variable<double>>) {
        return detail::call_for_outputs(function, tape, std::as_const(module));
      },
      {}, parameters_of<double>(module), options);
}

/// Always throws ArgumentError: differences of floats agree to three digits at best, which proves nothing.
template <class Function>
GradientReport check_gradients(Function, const std::vector<Tensor<float>>&) {
  detail::refuse_float_gradients();
}

}  // namespace unroll::inline v0
