#pragma once

#include <source_location>

namespace unroll::inline v0 {

/// A line of source code: of the call of an op, or of run. It is a pointer to what the compiler has put into the
/// program: passing it on and keeping one a node costs nothing that can be measured. Empty: line 0.
///
/// Functions take it as their last argument, `Where where = Where::current()`, which is the caller's line. Operators
/// have no default arguments, and where a pack is last there can be none behind it: there, a parameter that is
/// converted to (AnyOperand, OperationName) takes it along, since the conversion is made on the caller's line too.
using Where = std::source_location;

static_assert(sizeof(Where) == sizeof(void*), "each node of a tape has one");

/// The name of an operation, a literal, and the line where it was written.
struct OperationName {
  const char* text;
  Where where;
  OperationName(const char* literal, Where written = Where::current()) : text(literal), where(written) {}
};

}  // namespace unroll::inline v0
