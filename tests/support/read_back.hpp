#pragma once

#include <cstddef>
#include <numeric>
#include <span>
#include <vector>

/// Data that show where they were read, for tests of sources of batches.
namespace unroll::testing {

/// A text in which every token is its own position.
inline std::vector<int> positions(std::size_t count) {
  std::vector<int> tokens(count);
  std::iota(tokens.begin(), tokens.end(), 0);
  return tokens;
}

/// The numbers of the examples that go into a batch.
struct Indices {
  std::vector<std::size_t> indices;
  std::size_t count = 0;
};
constexpr auto gather_indices = [](std::span<const std::size_t> indices, Indices& to) {
  to.indices.assign(indices.begin(), indices.end());
  to.count = indices.size();
};

}  // namespace unroll::testing
