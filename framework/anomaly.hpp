#pragma once

#include <unroll/framework/error.hpp>
#include <unroll/framework/ledger.hpp>
#include <unroll/framework/shape.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

/// What is told of a number that is not finite. It is found by Tape::find_nonfinite, and by what checked_backward.hpp
/// has.
namespace unroll::inline v0 {

enum class Pass { forward, backward };

/// A number that is not finite, in an op whose operands (forward), or what had arrived for it (backward), were finite.
struct Anomaly {
  Pass pass;
  std::string operation;  // "log"; "parameter", "constant" or "input" when it came from outside
  Where where;            // the line that called it
  Place place;            // scope, layer, step, and the line of run
  double number;          // inf, -inf or nan
  std::string tensor;     // the operation whose result (forward) or gradient (backward) holds it
  Shape shape;            // of that
  std::size_t position;   // in that, flat
  double upstream;        // backward: the largest magnitude that had arrived; else 0
  std::string parameter;  // the name, when it is in the value or the gradient of one, and somebody knows it
  const void* address;    // of that Parameter, or nullptr
};

/// "the backward pass, of 'log' (model.cpp:31), layer 2, step 17, unrolled at model.cpp:50: inf at [0, 3] of the
/// gradient of 'relu' [4, 8], where at most 0.25 had arrived"
std::string to_string(const Anomaly& anomaly);
/// The first, in a sentence, and the others after it. Empty for none.
std::string to_string(std::span<const Anomaly> anomalies);

namespace detail {
/// The sign of a NaN says nothing.
std::string number_text(double number);
}  // namespace detail

/// Thrown by a sweep that is checked (Tape::set_checked), and by checked_backward.
struct AnomalyError : NumericalError {
  explicit AnomalyError(const Anomaly& found);
  AnomalyError(const std::string& message, std::vector<Anomaly> found);
  std::vector<Anomaly> anomalies;  // the cause first; none when it was not found again
};

}  // namespace unroll::inline v0
