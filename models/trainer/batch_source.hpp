#pragma once

#include <unroll/framework/tensor/random.hpp>
#include <unroll/framework/threads/batch_part.hpp>

#include <concepts>
#include <cstddef>
#include <string_view>

/// Where a training gets its batches from. Ready ones: ShuffledExamples, BucketedExamples and DrawnBatches; of a text
/// StreamWindows and ShuffledWindows; of a time series SeriesWindows. One of your own is a class of this form:
///
///     struct Sums {  // 32 new sums of two numbers in each batch
///       struct Batch {
///         Tensor<> pairs, sums;
///         std::size_t count = 0;
///       };
///       Random order{0};
///       std::size_t batches() const { return 100; }
///       void begin_epoch(const Random& random) { order = random; }
///       void read(std::size_t batch, BatchPart part, Batch& to) const {
///         const auto [first, count] = part.range_of(32);
///         to = {uniform(order.split(batch).split(first), {count, 2}), Tensor<>({count, 1}), count};
///         for (std::size_t n = 0; n < count; ++n) to.sums[n] = to.pairs[2 * n] + to.pairs[2 * n + 1];
///       }
///     };
namespace unroll::inline v0 {

namespace detail {
/// Throws ArgumentError, "shuffled_examples: 0 examples in batches of 3 given, expected at least 1 each", for a 0.
void expect_batches(std::string_view operation, std::size_t number, std::string_view of, std::size_t batch);
}  // namespace detail

/// A type that gives batches: the same for the same epoch, batch and part, whatever was read before, so that a training
/// can be resumed, and its parts be read by any thread. A Batch is a plain struct; its `count` says how many items its
/// loss is the mean over: examples, or tokens. 0 says that there is nothing in this part.
///
/// A source may have `settings()`: texts by name, as a std::map, which decide what batches it gives. They go into a
/// checkpoint, and must be the same when a training is resumed.
template <class Source>
concept BatchSource = requires(Source& source, const Source& constant, typename Source::Batch& batch, BatchPart part,
                               std::size_t index, const Random& random) {
  { constant.batches() } -> std::convertible_to<std::size_t>;  // in an epoch
  source.begin_epoch(random);         // called before the batches of an epoch, with a Random of its own
  constant.read(index, part, batch);  // reuses the memory of `batch`; several threads at once call it
  { batch.count } -> std::convertible_to<std::size_t>;
};

}  // namespace unroll::inline v0
