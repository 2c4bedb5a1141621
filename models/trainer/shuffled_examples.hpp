#pragma once

#include <unroll/framework/files/metadata.hpp>
#include <unroll/models/trainer/batch_source.hpp>
#include <unroll/models/trainer/gathering.hpp>

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace unroll::inline v0 {

namespace detail {
/// The examples of a part of a batch: `batch` examples a batch, the last of an epoch fewer.
std::span<const std::size_t> examples_of(std::span<const std::size_t> order, std::size_t batch_size, std::size_t batch,
                                         BatchPart part);
}  // namespace detail

/// How many examples a ShuffledExamples has, and how many go into a batch.
struct ExampleBatches {
  std::size_t examples;  ///< At least 1.
  std::size_t batch;     ///< At least 1; the last batch of an epoch has the rest.
};

/// Examples in a new order in each epoch. `gather(indices, batch)` puts the examples of these indices into a Batch, and
/// sets its count; or `gather(indices, batch, random)` does, which changes them at random (GatherOf, gathering.hpp).
/// shuffled_examples makes one:
///
///     const auto gather = [&](std::span<const std::size_t> indices, Batch& to) {
///       to = {Tensor<>({indices.size(), 2}), Tensor<>({indices.size(), 1}), indices.size()};
///       for (std::size_t n = 0; n < to.count; ++n) put_example(indices[n], n, to);
///     };
///     auto source = shuffled_examples<Batch>({.examples = 1000, .batch = 32}, gather);
template <class Examples, GatherOf<Examples> Gather>
class ShuffledExamples {
 public:
  using Batch = Examples;  ///< What gather fills.

  /// Keeps a copy of `gather`. Throws ArgumentError for a size of 0.
  ShuffledExamples(const ExampleBatches& sizes, Gather gather) : sizes_(sizes), gather_(std::move(gather)) {
    detail::expect_batches("shuffled_examples", sizes.examples, "examples in batches", sizes.batch);
  }
  /// Its sizes, which a checkpoint keeps. It does not know the data: give a digest of them in FitOptions::settings.
  std::map<std::string, std::string> settings() const {
    return {{"examples", number_text(sizes_.examples)}, {"batch", number_text(sizes_.batch)}};
  }
  /// The number of batches in an epoch.
  std::size_t batches() const { return (sizes_.examples - 1) / sizes_.batch + 1; }
  /// Shuffles.
  void begin_epoch(const Random& random) {
    order_ = random.permutation(sizes_.examples);
    changes_ = detail::changes_of(random);
  }
  /// Gathers the examples of a part.
  void read(std::size_t batch, BatchPart part, Batch& to) const {
    detail::gather_examples(gather_, detail::examples_of(order_, sizes_.batch, batch, part), to, changes_);
  }

 private:
  ExampleBatches sizes_;
  Gather gather_;
  std::vector<std::size_t> order_;
  Random changes_{0};
};

/// A ShuffledExamples with the type of `gather` found out.
template <class Examples, GatherOf<Examples> Gather>
ShuffledExamples<Examples, Gather> shuffled_examples(const ExampleBatches& sizes, Gather gather) {
  return {sizes, std::move(gather)};
}

}  // namespace unroll::inline v0
