#pragma once

#include <unroll/framework/tensor/shape.hpp>

#include <cstddef>
#include <string_view>

/// The error of the ops that take whole numbers (tokens, targets, indices).
namespace unroll::inline v0::detail {

/// Throws ArgumentError: `value`, at `position` of a tensor of `shape`, is outside [0, limit). `limit_name` is the
/// letter of that axis, `cause` what may have happened.
[[noreturn]] void index_outside(std::string_view operation, std::string_view argument, int value, const Shape& shape,
                                std::size_t position, std::size_t limit, std::string_view limit_name,
                                std::string_view cause);

/// Whether `value` is in [0, limit).
inline bool is_index(int value, std::size_t limit) { return value >= 0 && static_cast<std::size_t>(value) < limit; }

}  // namespace unroll::inline v0::detail
