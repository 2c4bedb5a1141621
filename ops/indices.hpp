#pragma once

#include <unroll/framework/shape.hpp>

#include <cstddef>
#include <string_view>

/// What the ops that take whole numbers (tokens, targets) say about a wrong one.
namespace unroll::inline v0::detail {

/// Throws ArgumentError: `value`, at `position` of a tensor of `shape`, is outside [0, limit). `limit_name` is the
/// letter of that axis, `cause` what may have happened.
[[noreturn]] void index_outside(std::string_view operation, std::string_view argument, int value, const Shape& shape,
                                std::size_t position, std::size_t limit, std::string_view limit_name,
                                std::string_view cause);

/// Throws ArgumentError unless the steps of all sequences can be numbered, as they are where they are picked.
void expect_countable(std::string_view operation, std::size_t steps, std::size_t batch);

/// Whether `value` is in [0, limit).
inline bool is_index(int value, std::size_t limit) { return value >= 0 && static_cast<std::size_t>(value) < limit; }

}  // namespace unroll::inline v0::detail
