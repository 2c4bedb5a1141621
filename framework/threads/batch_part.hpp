#pragma once

#include <cstddef>

namespace unroll::inline v0 {

/// One of the parts that a batch is cut into. The threads and processes of a training share out the parts, and what is
/// summed over a batch is summed part by part in their order (part_tree.hpp): the number of threads and processes
/// changes no bit.
struct BatchPart {
  std::size_t index = 0;  ///< From 0 to count - 1.
  std::size_t count = 1;  ///< How many parts the batch has.

  /// A range of the sequences of a batch.
  struct Range {
    std::size_t first;  ///< The first sequence.
    std::size_t count;  ///< How many there are; 0 when the batch has fewer sequences than parts.
  };
  /// The sequences of this part, of `sequences` that the whole batch has: ranges as even as can be.
  Range range_of(std::size_t sequences) const {
    // Not index * sequences / count, whose product may overflow.
    const std::size_t least = sequences / count, longer = sequences % count;
    return {index * least + (index < longer ? index : longer), least + (index < longer ? 1 : 0)};
  }
};

}  // namespace unroll::inline v0
