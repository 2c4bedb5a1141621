#pragma once

#include <unroll/framework/tape/tape.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace unroll::inline v0 {

/// How check_gradients compares. A comparison passes when |tape - difference| <= relative_tolerance * the larger
/// magnitude + absolute_tolerance * max(1, |the function|).
struct GradientCheckOptions {
  /// 0 checks every number on its own. Otherwise this many random directions through all numbers together, with two
  /// evaluations for each: for models that are too large to be checked number by number. At most 1 000 000.
  std::size_t directions = 0;
  double relative_tolerance = 1e-6;  ///< At least 0.
  double absolute_tolerance = 1e-8;  ///< At least 0. A central difference is good to about 1e-9 of the function.
  std::uint64_t seed = 1;            ///< Of the random cotangents and directions.
};

/// One gradient, found in two ways.
struct GradientComparison {
  std::string element;    ///< "lstm.hidden_weight[2, 17]"
  double tape = 0;        ///< By the tape.
  double difference = 0;  ///< By a central difference.
  /// |tape - difference| over the larger magnitude; 0 when both are 0.
  double relative_error() const;
};

/// What check_gradients found.
struct GradientReport {
  std::size_t compared = 0;  ///< How many comparisons were made.
  /// The comparison that fails most, or comes nearest to failing; meaningless when none was made.
  GradientComparison worst;
  std::size_t failed = 0;  ///< How many comparisons failed.
  /// What else is wrong: not deterministic, not finite, a rule that ignores its upstream. Empty if nothing is.
  std::string problem;

  bool passed() const { return failed == 0 && problem.empty(); }  ///< Whether nothing is wrong.
};

/// "lstm.hidden_weight[2, 17]: tape 0.1181, central difference 0.1204, relative error 1.9e-02 (3 of 60 failed)"
std::string to_string(const GradientReport& report);
/// Writes the same text.
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
/// shape; f is their contraction with random cotangents, since a plain sum would hide symmetric mistakes. `parameters`
/// are those that the function uses; the check moves each a little and puts it back.
///
///     const auto report = check_gradients([](auto&, auto in) { return matmul(in[0], in[1]); },
///                                         {normal<double>(Random(1), {3, 4}), normal<double>(Random(2), {4, 2})});
///     if (!report.passed()) std::cerr << report << '\n';
///
/// Keep inputs away from kinks (relu at 0, a tie of maximum), where the derivatives of the two sides differ. Throws
/// ArgumentError for options out of range, nothing to check, or outputs that depend on no input and no parameter.
template <class Function>
GradientReport check_gradients(Function function, std::vector<Tensor<double>> inputs,
                               const Parameters<double>& parameters = {}, const GradientCheckOptions& options = {}) {
  return detail::check_gradients(
      [&function](Tape<double>& tape, std::span<const Variable<double>> variables) {
        return detail::call_for_outputs(function, tape, variables);
      },
      std::move(inputs), parameters, options);
}

/// The same for all parameters of a module; the check calls `function(tape, module)`.
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
