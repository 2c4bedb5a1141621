#pragma once

#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tape/scope_log.hpp>
#include <unroll/framework/tensor/shape.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

/// Reports of numbers that are not finite. Tape::find_nonfinite and checked_backward.hpp find them.
namespace unroll::inline v0 {

/// The way through the tape on which a number was made.
enum class Pass { forward, backward };

/// A number that is not finite, made by an op whose operands (forward), or whose own gradient (backward), were finite.
struct Anomaly {
  Pass pass;              ///< The way on which it was made.
  std::string operation;  ///< The op, "log"; "parameter", "constant" or "input" when it came from outside.
  CallSite site;          ///< The line that called the op.
  Location location;      ///< Scope, layer, step, and the line of run.
  double number;          ///< inf, -inf or nan.
  std::string tensor;     ///< The op whose result (forward) or gradient (backward) holds it.
  Shape shape;            ///< The shape of that result or gradient.
  std::size_t position;   ///< Its flat position there.
  double upstream;        ///< Backward: the largest magnitude that had arrived at the op; forward: 0.
  std::string parameter;  ///< The name of the Parameter that holds it, if one does and the finder has the names.
  const void* address;    ///< The address of that Parameter, or nullptr.
};

/// "the backward pass, of 'log' (model.cpp:31), layer 2, step 17, unrolled at model.cpp:50: inf at [0, 3] of the
/// gradient of 'relu' [4, 8], where at most 0.25 had arrived"
std::string to_string(const Anomaly& anomaly);
/// The first anomaly in a sentence, and the others after it. Empty for none.
std::string to_string(std::span<const Anomaly> anomalies);

namespace detail {
/// "inf", "-inf", and "nan" without a sign, which means nothing there.
std::string nonfinite_text(double number);
}  // namespace detail

/// Thrown by a sweep that is checked (Tape::set_checked), and by checked_backward.
struct AnomalyError : NumericalError {
  /// With the text of the anomaly.
  explicit AnomalyError(const Anomaly& found);
  /// With another text, and all that was found.
  AnomalyError(const std::string& message, std::vector<Anomaly> found);
  /// The cause first; empty when a second recording of the step did not show it again.
  std::vector<Anomaly> anomalies;
};

}  // namespace unroll::inline v0
