#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace unroll::inline v0 {

/// What a number was over some updates in a row.
struct ThinnedSpan {
  std::uint64_t finite = 0 /**< how many finite numbers there were */, other = 0 /**< and how many others */;
  double update = 0;  ///< The mean of the updates of the finite numbers, or of all if there is none.
  double mean = 0;    ///< Of the finite numbers.
  double low = 0 /**< the least of them */, high = 0 /**< the greatest of them */;
};

/// A number of every update, such as the loss, in bounded memory: a span holds one update at first; when the spans run
/// out, two neighbors become one. Adding touches the heap no more.
class ThinnedSeries {
 public:
  /// A series of updates from `first` on, in at most `most` spans; less than 2 counts as 2, more than 65536 as 65536.
  explicit ThinnedSeries(std::uint64_t first = 1, std::size_t most = 1024);

  /// Adds the number of an update. An update before the first counts as the first.
  void add(std::uint64_t update, double number);
  /// Adds the numbers of a span of another series, at its update, which is at least 0 and below 2^64.
  void add(const ThinnedSpan& span);
  /// The spans from the first update on, each of `stride()` updates; those without a number have no count.
  std::span<const ThinnedSpan> spans() const { return spans_; }
  std::uint64_t stride() const { return stride_; }  ///< How many updates a span holds; a power of two.

 private:
  void add_at(std::uint64_t update, const ThinnedSpan& span);
  void join_neighbors();

  std::uint64_t first_, stride_ = 1;
  std::size_t most_;
  std::vector<ThinnedSpan> spans_;
};

}  // namespace unroll::inline v0
