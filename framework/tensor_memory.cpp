#include <unroll/framework/error.hpp>
#include <unroll/framework/tensor_memory.hpp>

#include <fmt/format.h>

#include <cstdint>
#include <new>

namespace unroll::inline v0::detail {

namespace {

/// Where in its first page a large array begins, by the number of that page. Arrays that are made one after the other
/// are some pages apart, most often by a power of 2 and a little: an odd factor, and a prime, spreads those.
std::size_t line_of(std::uintptr_t begin) { return begin / page * 17 % (page / cache_line); }

std::byte* allocate(std::size_t bytes, std::size_t alignment) {
  auto* const memory = static_cast<std::byte*>(::operator new (bytes, std::align_val_t{alignment}, std::nothrow));
  if (memory == nullptr)
    throw Error(
        fmt::format("tensor: {} bytes were asked for, and this machine does not give so many (is a size larger than "
                    "meant?)",
                    bytes));
  return memory;
}

}  // namespace

void* allocate_numbers(std::size_t bytes) {
  if (bytes < large_array) return allocate(bytes, cache_line);
  std::byte* const memory = allocate(bytes + page, page);
  return memory + line_of(reinterpret_cast<std::uintptr_t>(memory)) * cache_line;
}

void free_numbers(void* numbers, std::size_t bytes) noexcept {
  if (bytes < large_array) return ::operator delete (numbers, std::align_val_t{cache_line});
  const std::size_t offset = reinterpret_cast<std::uintptr_t>(numbers) % page;
  ::operator delete (static_cast<std::byte*>(numbers) - offset, std::align_val_t{page});
}

}  // namespace unroll::inline v0::detail
