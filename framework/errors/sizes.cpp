#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/sizes.hpp>

#include <fmt/format.h>

#include <limits>

namespace unroll::inline v0 {

void expect_sizes(std::string_view layer, std::initializer_list<NamedSize> sizes) {
  constexpr std::size_t largest = std::numeric_limits<int>::max();
  for (const auto& [name, size] : sizes)
    if (size < 1 || size > largest)
      throw ArgumentError(fmt::format("{}: {} = {} given, expected 1 to {}", layer, name, size, largest));
}

namespace detail {

void refuse_index(std::string_view operation, std::string_view what, std::size_t index, std::size_t count) {
  throw ArgumentError(fmt::format("{}: {} {} asked of {} (they are counted from 0)", operation, what, index, count));
}

void refuse_list(std::string_view operation, std::size_t count, std::size_t bytes_each) {
  if (count > std::numeric_limits<std::ptrdiff_t>::max() / bytes_each)
    throw ArgumentError(
        fmt::format("{}: a list of {} was asked for, of {} bytes each, more than memory can hold (was a size computed "
                    "as -1?)",
                    operation, count, bytes_each));
  throw Error(fmt::format(
      "{}: a list of {} was asked for, {} bytes, and this machine does not give so many (is a size larger than meant?)",
      operation, count, count * bytes_each));
}

}  // namespace detail

}  // namespace unroll::inline v0
