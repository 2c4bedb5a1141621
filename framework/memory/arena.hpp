#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory>
#include <new>
#include <vector>

namespace unroll::inline v0 {

/// The most bytes of one request: the largest distance of two pointers, less ample room for alignment.
inline constexpr std::size_t most_bytes = std::numeric_limits<std::ptrdiff_t>::max() / 2;
/// Throws ArgumentError: `count` numbers are more than memory can hold.
[[noreturn]] void refuse_count(std::size_t count, std::size_t bytes_each);

/// The bytes of `count` numbers. Throws ArgumentError when they are more than most_bytes.
template <class Number>
std::size_t bytes_of(std::size_t count) {
  if (count > most_bytes / sizeof(Number)) refuse_count(count, sizeof(Number));
  return count * sizeof(Number);
}

/// Memory that is handed out front to back and taken back all at once. After reset() it hands out the same blocks
/// again: requests that it has served once it serves a second time without touching the heap. It runs no destructors.
class Arena {
 public:
  /// A cache line, which is a full AVX-512 register.
  static constexpr std::size_t alignment = 64;

  /// Uninitialized memory, aligned to `alignment`; requests below 64 bytes are aligned to 16. Throws Error when the
  /// machine does not have so much, and ArgumentError for more than most_bytes.
  void* allocate(std::size_t bytes);
  /// Takes all memory back; what was handed out must not be used any more.
  void reset();
  /// How far the arena has been handed out.
  struct Position {
    std::size_t block,  ///< The index of the block in use,
        offset,         ///< the first free byte in it,
        used;           ///< and the bytes handed out in all blocks.
  };
  Position position() const { return {current_, offset_, used_}; }  ///< How far it has been handed out now.
  /// Takes back all memory that was handed out since that position.
  void go_back(const Position& position);
  std::size_t used() const { return used_; }                   ///< Bytes handed out since the last reset.
  std::size_t capacity() const;                                ///< Bytes held from the heap.
  std::size_t peak() const { return std::max(peak_, used_); }  ///< The most bytes ever handed out at once.

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
  std::size_t peak_ = 0;  // of used_, up to the last reset or go_back
};

}  // namespace unroll::inline v0
