#pragma once

#include <cstddef>
#include <initializer_list>
#include <string_view>

namespace unroll::inline v0 {

/// A size that a layer was asked for.
struct NamedSize {
  std::string_view name;
  std::size_t size;
};

/// Throws ArgumentError naming the layer and the size unless all are from 1 to 2^31 - 1, which is as far as a BLAS
/// counts: "LstmCell: hidden = 0 given, expected 1 to 2147483647".
void expect_sizes(std::string_view layer, std::initializer_list<NamedSize> sizes);

}  // namespace unroll::inline v0
