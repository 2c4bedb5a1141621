#pragma once

#include <unroll/framework/tensor/random.hpp>
#include <unroll/models/trainer/batch_source.hpp>

#include <cstddef>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace unroll::inline v0 {

/// How BucketedExamples makes batches.
struct BucketOptions {
  std::vector<std::size_t> lengths;  ///< The length of each example; at least one example.
  /// The most examples in a batch; at least 1.
  std::size_t batch = std::numeric_limits<std::size_t>::max();
  /// The most steps of a batch, padding included: its examples times the length of its longest. At least the length of
  /// the longest example. One of `batch` and `padded_steps` must be given.
  std::size_t padded_steps = std::numeric_limits<std::size_t>::max();
  /// How many buckets there are at most; at least 1, which shuffles without regard to lengths. More make padding
  /// smaller, and have fewer examples each, which come together more often.
  std::size_t buckets = 16;
};

namespace detail {

/// Examples in buckets by length, and the batches of an epoch: what BucketedExamples is but for its `gather`.
class LengthBuckets {
 public:
  explicit LengthBuckets(BucketOptions options);

  std::size_t batches() const { return first_.size() - 1; }
  void begin_epoch(const Random& random);
  /// The examples of a batch, in the order of this epoch.
  std::span<const std::size_t> examples_of(std::size_t batch) const;
  std::size_t longest_of(std::size_t batch) const;
  double padding() const;
  std::map<std::string, std::string> settings() const;

 private:
  std::size_t most_examples(std::size_t longest) const;
  std::vector<std::size_t> cut_greedily() const;
  void make_buckets(std::span<const std::size_t> cuts);

  BucketOptions options_;
  std::vector<std::size_t> sorted_;            // examples, the shortest first
  std::vector<std::size_t> buckets_;           // bucket b is sorted_[buckets_[b]] .. sorted_[buckets_[b + 1] - 1]
  std::vector<std::size_t> first_;             // of each batch, in sorted_ and shuffled_ alike
  std::vector<std::size_t> shuffled_, order_;  // of this epoch: examples within their bucket, and batches
};

}  // namespace detail

}  // namespace unroll::inline v0
