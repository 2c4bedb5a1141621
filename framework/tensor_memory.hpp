#pragma once

#include <cstddef>

/// Where the numbers of tensors lie. An optimizer walks through four arrays of one size at once: the value, its
/// gradient and two moments. Two things about their addresses decide how fast that is, and how fast a product with a
/// weight is:
///
/// - A register of AVX-512 is a cache line. Numbers that begin in the middle of a line, as malloc places them, cost two
///   lines for each register.
/// - Pages are 4096 bytes, and a processor tells a load from the stores before it by the address within the page first.
///   Large arrays from malloc all begin at the same place of a page, so that every load seems to hang on a store to
///   another array, and waits (Intel 64 Optimization Reference Manual, "4-KByte aliasing").
///
/// So numbers begin at a cache line, and those of large arrays at a different one of its page for each array.
namespace unroll::inline v0::detail {

inline constexpr std::size_t cache_line = 64;
inline constexpr std::size_t page = 4096;
/// An array of so many bytes begins anywhere in a page: that takes a page more.
inline constexpr std::size_t large_array = 4 * page;

/// Throws Error when the machine has not so much.
void* allocate_numbers(std::size_t bytes);
void free_numbers(void* numbers, std::size_t bytes) noexcept;

/// An allocator for std::vector.
template <class Number>
struct TensorMemory {
  using value_type = Number;

  TensorMemory() = default;
  template <class Other>
  TensorMemory(const TensorMemory<Other>&) {}

  Number* allocate(std::size_t count) { return static_cast<Number*>(allocate_numbers(count * sizeof(Number))); }
  void deallocate(Number* numbers, std::size_t count) noexcept { free_numbers(numbers, count * sizeof(Number)); }
  friend bool operator==(const TensorMemory&, const TensorMemory&) { return true; }
};

}  // namespace unroll::inline v0::detail
