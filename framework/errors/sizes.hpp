#pragma once

#include <cstddef>
#include <initializer_list>
#include <new>
#include <stdexcept>
#include <string_view>

namespace unroll::inline v0 {

/// A size in the options of a layer.
struct NamedSize {
  std::string_view name;  ///< The name of the option, "hidden".
  std::size_t size;       ///< Its value.
};

/// Throws ArgumentError naming the layer and the size unless all sizes are from 1 to 2^31 - 1, the largest that a BLAS
/// takes: "LstmCell: hidden = 0 given, expected 1 to 2147483647".
void expect_sizes(std::string_view layer, std::initializer_list<NamedSize> sizes);

namespace detail {

[[noreturn]] void refuse_index(std::string_view operation, std::string_view what, std::size_t index, std::size_t count);

/// Throws ArgumentError unless index < count: "pick: row 3 asked of 3 (they are counted from 0)".
constexpr void expect_index(std::string_view operation, std::string_view what, std::size_t index, std::size_t count) {
  if (index >= count) refuse_index(operation, what, index, count);
}

/// Throws Error: this machine does not have the memory for a list of `count`; ArgumentError when no machine can.
[[noreturn]] void refuse_list(std::string_view operation, std::size_t count, std::size_t bytes_each);

/// Makes room in a list for `count` elements. Throws what refuse_list throws.
template <class List>
void make_room(std::string_view operation, List& list, std::size_t count) {
  try {
    list.reserve(count);
  } catch (const std::bad_alloc&) {
    refuse_list(operation, count, sizeof(typename List::value_type));
  } catch (const std::length_error&) {
    refuse_list(operation, count, sizeof(typename List::value_type));
  }
}

}  // namespace detail

}  // namespace unroll::inline v0
