#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory>
#include <new>
#include <vector>

namespace unroll::inline v0 {

/// The most that one request can be for: what pointers can be apart, less some room for alignment.
inline constexpr std::size_t most_bytes = std::numeric_limits<std::ptrdiff_t>::max() / 2;
[[noreturn]] void refuse_count(std::size_t count, std::size_t bytes_each);

/// The bytes of so many numbers. Throws ArgumentError when they are more than memory can be counted in.
template <class Number>
std::size_t bytes_of(std::size_t count) {
  if (count > most_bytes / sizeof(Number)) refuse_count(count, sizeof(Number));
  return count * sizeof(Number);
}

/// Memory handed out front to back and taken back all at once. After `reset` the same blocks serve again, so that a
/// sequence of requests that has been served once is served again without touching the heap. Runs no destructors.
class Arena {
 public:
  /// Enough for a full AVX-512 register, and a cache line.
  static constexpr std::size_t alignment = 64;

  /// Uninitialised memory, aligned to `alignment`; small requests are aligned to their size rounded up to 16. Throws
  /// Error when the machine has not so much.
  void* allocate(std::size_t bytes);
  /// Takes everything back. Whatever was handed out is invalid from now on.
  void reset();
  /// How far it has been handed out; going back there takes back what came later.
  struct Position {
    std::size_t block, offset, used;
  };
  Position position() const { return {current_, offset_, used_}; }
  void go_back(const Position& position);
  /// Bytes handed out since the last reset, and bytes held from the heap.
  std::size_t used() const { return used_; }
  std::size_t capacity() const;
  /// The most bytes that have been handed out at once.
  std::size_t peak() const { return std::max(peak_, used_); }

 private:
  struct Free {
    void operator()(std::byte* memory) const { ::operator delete (memory, std::align_val_t{alignment}); }
  };
  struct Block {
    std::unique_ptr<std::byte[], Free> memory;
    std::size_t size;
  };

  void next_block(std::size_t bytes);

  std::vector<Block> blocks_;
  std::size_t current_ = 0;  // index of the block in use
  std::size_t offset_ = 0;   // first free byte in it
  std::size_t used_ = 0;
  std::size_t peak_ = 0;  // before the last time that some were taken back
};

}  // namespace unroll::inline v0
