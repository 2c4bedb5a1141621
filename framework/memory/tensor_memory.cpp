#include <unroll/framework/memory/aligned_memory.hpp>
#include <unroll/framework/memory/tensor_memory.hpp>

#include <cstdint>
#include <new>

namespace unroll::inline v0::detail {

namespace {

/// The cache line of its first page at which a large array begins, by the number of that page. Arrays that are made one
/// after the other are equally far apart, often by a power of 2; Fibonacci hashing (Knuth, volume 3, 6.4) spreads them
/// at any distance.
std::size_t line_of(std::uintptr_t begin) {
  constexpr std::uint64_t golden_ratio = 0x9e3779b97f4a7c15U;  // its fraction, times 2^64
  constexpr int bits = 6;
  static_assert(page / cache_line == 1U << bits);
  return static_cast<std::size_t>(std::uint64_t{begin / page} * golden_ratio >> (64 - bits));
}

}  // namespace

void* allocate_numbers(std::size_t bytes) {
  if (bytes < large_array) return allocate_aligned(bytes, cache_line);
  std::byte* const memory = allocate_aligned(bytes + page, page);
  return memory + line_of(reinterpret_cast<std::uintptr_t>(memory)) * cache_line;
}

void free_numbers(void* numbers, std::size_t bytes) noexcept {
  if (bytes < large_array) return ::operator delete (numbers, std::align_val_t{cache_line});
  const std::size_t offset = reinterpret_cast<std::uintptr_t>(numbers) % page;
  ::operator delete (static_cast<std::byte*>(numbers) - offset, std::align_val_t{page});
}

}  // namespace unroll::inline v0::detail
