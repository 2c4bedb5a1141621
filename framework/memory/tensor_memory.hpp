#pragma once

#include <cstddef>

/// The addresses of the numbers of tensors. An optimizer goes through four arrays of one size at once: the value, its
/// gradient and two moments. Two properties of their addresses decide how fast that is, and how fast a product with a
/// weight is:
///
/// - A register of AVX-512 is a cache line. Numbers that begin in the middle of a line, as malloc puts them, cost two
///   lines for each register.
/// - Pages are 4096 bytes, and a processor first compares a load with the stores before it by their addresses within
///   the page. Large arrays from malloc all begin at the same offset in a page, so that every load seems to depend on a
///   store to another array, and waits (Intel 64 Optimization Reference Manual, "4-KByte aliasing").
///
/// So numbers begin at a cache line, and each large array begins at another line of its page.
namespace unroll::inline v0::detail {

inline constexpr std::size_t cache_line = 64;
inline constexpr std::size_t page = 4096;
/// An array of so many bytes or more may begin at any line of a page, for which it takes one page more.
inline constexpr std::size_t large_array = 4 * page;

/// Throws Error when the machine does not have so much.
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
