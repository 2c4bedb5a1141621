#pragma once

#include <cstddef>

namespace unroll::inline v0::detail {

/// Memory from the heap, for arenas and tensors. The caller frees it with operator delete of the same alignment, a
/// power of 2. Throws Error when the machine does not have so much.
std::byte* allocate_aligned(std::size_t bytes, std::size_t alignment);

}  // namespace unroll::inline v0::detail
