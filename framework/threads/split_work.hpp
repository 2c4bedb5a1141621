#pragma once

#include <unroll/framework/tensor/denormals.hpp>
#include <unroll/framework/threads/team.hpp>

#include <algorithm>
#include <cstddef>

/// Divides the numbers of many arrays, such as all parameters, among the threads of a team: in parts of equal size over
/// all arrays together, since one array often has most of the numbers. A part begins and ends at a block of its array.
/// A block is a multiple of the stride of any vectorized loop, so that every number goes through the same instructions
/// on any thread, to the same bits.
namespace unroll::inline v0::detail {

/// Arrays as a sequence of blocks: array i has `size_of(i)` numbers, and each block is of one array.
template <class SizeOf>
class Blocks {
 public:
  static constexpr std::size_t numbers = 1024;

  Blocks(std::size_t arrays, SizeOf size_of) : arrays_(arrays), size_of_(size_of) {
    for (std::size_t array = 0; array < arrays_; ++array) count_ += blocks(array);
  }

  std::size_t count() const { return count_; }

  /// Calls `work(array, first, count)` for the numbers of part number `part` of `parts`, in order.
  template <class Work>
  void for_each_range(std::size_t part, std::size_t parts, Work&& work) const {
    const std::size_t begin = part * count_ / parts, end = (part + 1) * count_ / parts;
    for (std::size_t array = 0, passed = 0; passed < end; passed += blocks(array++)) {
      const std::size_t first = std::max(begin, passed), last = std::min(end, passed + blocks(array));
      if (first >= last) continue;
      const std::size_t from = (first - passed) * numbers, to = (last - passed) * numbers;
      work(array, from, std::min(to, size_of_(array)) - from);
    }
  }

 private:
  std::size_t blocks(std::size_t array) const { return (size_of_(array) + numbers - 1) / numbers; }

  std::size_t arrays_;
  SizeOf size_of_;
  std::size_t count_ = 0;
};

/// Calls `work(part, parts)` for every part, each on a thread of the team. It uses as many threads as have enough work
/// to be worth waking, and the calling thread alone when there is no team. It flushes denormals either way, so that the
/// result is the same.
template <class Work>
void run_ranges(Team* team, std::size_t blocks, Work&& work) {
  constexpr std::size_t worth_waking = 32;  // so many blocks are ten microseconds of work and more
  const std::size_t parts = team == nullptr ? 1 : std::clamp<std::size_t>(blocks / worth_waking, 1, team->size());
  if (team != nullptr && parts > 1)
    return team->run([&](std::size_t member) {
      if (member < parts) work(member, parts);
    });
  const FlushDenormals flush;
  work(std::size_t{0}, std::size_t{1});
}

/// Calls `work(array, first, count)` for all numbers of all arrays, on the threads of the team if there is one.
template <class SizeOf, class Work>
void split_work(Team* team, const Blocks<SizeOf>& blocks, Work&& work) {
  run_ranges(team, blocks.count(),
             [&](std::size_t part, std::size_t parts) { blocks.for_each_range(part, parts, work); });
}

}  // namespace unroll::inline v0::detail
