#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace unroll::inline v0 {

/// How much JSON is accepted.
struct JsonLimits {
  std::size_t bytes;  ///< At most so long.
  std::size_t depth;  ///< Objects and lists at most so deep in each other.
};

/// Checks JSON of an untrusted file, such as a program keeps in the metadata of a model, before a parser builds a
/// document of it: it takes memory for the names of the open objects only. Returns whether it is JSON. Throws
/// FileError, beginning with `what`, for text that is too long or too deep, and for a name that comes twice in one
/// object: readers differ in which of the two they take.
bool is_bounded_json(std::string_view text, const JsonLimits& limits, const std::string& what);

}  // namespace unroll::inline v0
