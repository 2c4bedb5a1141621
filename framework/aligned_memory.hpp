#pragma once

#include <cstddef>

namespace unroll::inline v0::detail {

/// Memory from the machine, for arenas and tensors: to be given back with operator delete of the same alignment, a
/// power of 2. Throws Error when the machine has not so much.
std::byte* allocate_aligned(std::size_t bytes, std::size_t alignment);

}  // namespace unroll::inline v0::detail
