#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/memory/aligned_memory.hpp>

#include <fmt/format.h>

#include <new>

namespace unroll::inline v0::detail {

std::byte* allocate_aligned(std::size_t bytes, std::size_t alignment) {
  void* const memory = ::operator new (bytes, std::align_val_t{alignment}, std::nothrow);
  if (memory == nullptr)
    throw Error(
        fmt::format("{} bytes were asked for, and this machine does not give so many (is a tensor, a batch or a "
                    "sequence larger than meant?)",
                    bytes));
  return static_cast<std::byte*>(memory);
}

}  // namespace unroll::inline v0::detail
