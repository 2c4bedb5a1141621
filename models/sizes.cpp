#include <unroll/framework/error.hpp>
#include <unroll/models/sizes.hpp>

#include <fmt/format.h>

#include <limits>

namespace unroll::inline v0 {

void expect_sizes(std::string_view layer, std::initializer_list<NamedSize> sizes) {
  constexpr std::size_t largest = std::numeric_limits<int>::max();
  for (const auto& [name, size] : sizes)
    if (size < 1 || size > largest)
      throw ArgumentError(fmt::format("{}: {} = {} given, expected 1 to {}", layer, name, size, largest));
}

}  // namespace unroll::inline v0
