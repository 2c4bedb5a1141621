#pragma once

#include <unroll/framework/files/metadata.hpp>
#include <unroll/models/trainer/batch_source.hpp>

#include <concepts>
#include <cstddef>
#include <map>
#include <string>
#include <utility>

namespace unroll::inline v0 {

/// How much a DrawnBatches draws.
struct DrawnSizes {
  std::size_t batches;  ///< Batches that make an epoch, since data that are drawn have no end; at least 1.
  std::size_t batch;    ///< Examples in a batch; at least 1.
};

/// Batches drawn anew each time, for tasks whose examples a program makes. `draw(random, count, batch)` fills a Batch
/// with `count` examples, and sets its count. drawn_batches makes one:
///
///     const auto draw = [](const Random& random, std::size_t count, Batch& to) {
///       to = {uniform(random.split(0), {count, 2}), uniform(random.split(1), {count, 1}), count};
///     };
///     auto drawn = drawn_batches<Batch>({.batches = 100, .batch = 32}, draw);
template <class Drawn, class Draw>
class DrawnBatches {
 public:
  using Batch = Drawn;  ///< What draw fills.

  /// Keeps a copy of `draw`. Throws ArgumentError for a size of 0.
  DrawnBatches(const DrawnSizes& sizes, Draw draw) : sizes_(sizes), draw_(std::move(draw)) {
    detail::expect_batches("drawn_batches", sizes.batches, "batches", sizes.batch);
  }
  /// Its sizes, which a checkpoint keeps.
  std::map<std::string, std::string> settings() const {
    return {{"batches", number_text(sizes_.batches)}, {"batch", number_text(sizes_.batch)}};
  }
  std::size_t batches() const { return sizes_.batches; }        ///< The number of batches in an epoch.
  void begin_epoch(const Random& random) { random_ = random; }  ///< Each epoch has examples of its own.
  /// Draws the examples of a part.
  void read(std::size_t batch, BatchPart part, Batch& to) const {
    const std::size_t count = part.range_of(sizes_.batch).count;
    to.count = 0;
    if (count > 0) draw_(random_.split(batch).split(part.index), count, to);
  }

 private:
  DrawnSizes sizes_;
  Draw draw_;
  Random random_{0};
};

/// A DrawnBatches with the type of `draw` found out.
template <class Drawn, class Draw>
requires std::invocable<const Draw&, const Random&, std::size_t, Drawn&> DrawnBatches<Drawn, Draw> drawn_batches(
    const DrawnSizes& sizes, Draw draw) {
  return {sizes, std::move(draw)};
}

}  // namespace unroll::inline v0
