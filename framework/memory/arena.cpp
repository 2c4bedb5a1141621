#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/memory/aligned_memory.hpp>
#include <unroll/framework/memory/arena.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace unroll::inline v0 {

namespace {
constexpr std::size_t smallest_block = std::size_t{1} << 16;
constexpr std::size_t largest_growth = std::size_t{1} << 25;

constexpr std::size_t round_up(std::size_t bytes, std::size_t multiple) {
  return (bytes + multiple - 1) / multiple * multiple;
}
}  // namespace

void refuse_count(std::size_t count, std::size_t bytes_each) {
  throw ArgumentError(
      fmt::format("{} numbers of {} bytes were asked for, more than memory can hold (was a size "
                  "computed as -1?)",
                  count, bytes_each));
}

void* Arena::allocate(std::size_t bytes) {
  if (bytes > most_bytes) refuse_count(bytes, 1);  // rounding up would wrap
  // Small requests take 16 bytes, since a chain of scalar nodes must not take a cache line for each.
  const std::size_t granule = bytes >= alignment ? alignment : 16;
  const std::size_t size = round_up(std::max<std::size_t>(bytes, 1), granule);
  offset_ = round_up(offset_, granule);
  if (blocks_.empty() || offset_ + size > blocks_[current_].size) next_block(size);
  std::byte* const memory = blocks_[current_].memory.get() + offset_;
  offset_ += size;
  used_ += size;
  return memory;
}

void Arena::reset() {
  peak_ = peak();
  current_ = offset_ = used_ = 0;
}

void Arena::go_back(const Position& position) {
  peak_ = peak();
  current_ = position.block;
  offset_ = position.offset;
  used_ = position.used;
}

std::size_t Arena::capacity() const {
  std::size_t sum = 0;
  for (const Block& block : blocks_) sum += block.size;
  return sum;
}

void Arena::next_block(std::size_t bytes) {
  // The next block that is large enough; smaller ones are skipped, in the same way after every reset.
  for (std::size_t next = blocks_.empty() ? 0 : current_ + 1; next < blocks_.size(); ++next)
    if (blocks_[next].size >= bytes) {
      current_ = next;
      offset_ = 0;
      return;
    }
  const std::size_t growth = std::clamp(capacity(), smallest_block, largest_growth);
  const std::size_t size = std::max(growth, round_up(bytes, alignment));
  std::byte* const memory = detail::allocate_aligned(size, alignment);
  blocks_.push_back({std::unique_ptr<std::byte[], Free>(memory), size});
  current_ = blocks_.size() - 1;
  offset_ = 0;
}

}  // namespace unroll::inline v0
