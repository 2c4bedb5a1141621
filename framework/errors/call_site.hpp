#pragma once

#include <source_location>

namespace unroll::inline v0 {

/// The source line of a call of an op, or of run. It is a pointer to data that the compiler has put into the program:
/// passing one on, and keeping one in each node, costs nothing that can be measured. An empty one has line 0.
///
/// Functions take it as their last argument, `CallSite site = CallSite::current()`, which is the caller's line. An
/// operator cannot have default arguments, nor can a function after a parameter pack. There an argument brings the
/// line: its conversion to AnyOperand or OperationName happens on the caller's line.
using CallSite = std::source_location;

static_assert(sizeof(CallSite) == sizeof(void*), "each node of a tape has one");

/// The name of an operation, and the line on which the caller wrote it.
struct OperationName {
  const char* text;  ///< A literal.
  CallSite site;     ///< The caller's line.
  /// Converts a literal: `map("softsign", f, x)`.
  OperationName(const char* literal, CallSite written = CallSite::current()) : text(literal), site(written) {}
};

template <class Scalar>
class Tape;

/// While it lives, nodes recorded on the tape have the line `site`. Each op makes one with its caller's line, and the
/// outermost one counts: all nodes of a loss that is made of five ops have the line on which the user called the loss.
///
///     template <class Scalar>
///     Variable<Scalar> running_sum(Variable<Scalar> x, CallSite site = CallSite::current()) {
///       const CalledFrom caller(x.tape(), site);
template <class Scalar>
class CalledFrom {
 public:
  /// Sets the line, unless an outer CalledFrom has set one.
  CalledFrom(Tape<Scalar>& tape, CallSite site) : tape_(tape), outermost_(tape.called_from_.line() == 0) {
    if (outermost_) tape_.called_from_ = site;
  }
  CalledFrom(const CalledFrom&) = delete;
  CalledFrom& operator=(const CalledFrom&) = delete;
  ~CalledFrom() {
    if (outermost_) tape_.called_from_ = CallSite();
  }

 private:
  Tape<Scalar>& tape_;
  bool outermost_;
};

}  // namespace unroll::inline v0
