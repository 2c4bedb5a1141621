#pragma once

#include <unroll/framework/denormals.hpp>
#include <unroll/framework/team.hpp>

#include <algorithm>
#include <cstddef>

/// How a team shares the numbers of many arrays, such as those of all parameters: in parts of equal size over all
/// arrays together, since one array is often most of them. A part begins and ends at a block of its array, which is a
/// multiple of any vectorised loop's stride: whoever the number falls to, it goes through the same instructions, to the
/// same bits.
namespace unroll::inline v0::detail {

/// Arrays as a row of blocks: array i has `size_of(i)` numbers, and nothing in a block is of two arrays.
template <class SizeOf>
class Blocks {
 public:
  static constexpr std::size_t numbers = 1024;

  Blocks(std::size_t arrays, SizeOf size_of) : arrays_(arrays), size_of_(size_of) {
    for (std::size_t array = 0; array < arrays_; ++array) count_ += blocks(array);
  }

  std::size_t count() const { return count_; }

  /// Calls `work(array, first, count)` for the numbers of one part of so many, in order.
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

/// Calls `work(part, parts)` for every part, each on a thread of the team: as many as are worth their waking, and the
/// calling thread alone when there is no team. Denormals are flushed either way, so that it makes no difference.
template <class Work>
void run_parts(Team* team, std::size_t blocks, Work&& work) {
  constexpr std::size_t worth_waking = 32;  // blocks: ten microseconds of work and more
  const std::size_t parts = team == nullptr ? 1 : std::clamp<std::size_t>(blocks / worth_waking, 1, team->size());
  if (team != nullptr && parts > 1)
    return team->run([&](std::size_t member) {
      if (member < parts) work(member, parts);
    });
  const FlushDenormals flush;
  work(std::size_t{0}, std::size_t{1});
}

/// Calls `work(array, first, count)` for all numbers of all arrays, shared by the team if there is one.
template <class SizeOf, class Work>
void share(Team* team, const Blocks<SizeOf>& blocks, Work&& work) {
  run_parts(team, blocks.count(),
            [&](std::size_t part, std::size_t parts) { blocks.for_each_range(part, parts, work); });
}

}  // namespace unroll::inline v0::detail
