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

}  // namespace unroll::inline v0
