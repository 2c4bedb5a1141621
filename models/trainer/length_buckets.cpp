#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/metadata.hpp>
#include <unroll/framework/files/sha256.hpp>
#include <unroll/models/trainer/length_buckets.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace unroll::inline v0::detail {

namespace {

constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

void expect_options(const BucketOptions& options) {
  expect_batches("bucketed_examples", options.lengths.size(), "examples in batches", options.batch);
  if (options.buckets == 0) throw ArgumentError("bucketed_examples: 0 buckets given, expected at least 1");
  if (options.batch == no_limit && options.padded_steps == no_limit)
    throw ArgumentError(
        "bucketed_examples: neither batch nor padded_steps given, expected one or both (how many examples, or steps "
        "with padding, fit into memory?)");
  const auto longest = std::max_element(options.lengths.begin(), options.lengths.end());
  if (*longest > options.padded_steps)
    throw ArgumentError(
        fmt::format("bucketed_examples: example {} of {} steps given for batches of at most {} padded steps, expected "
                    "that each example fits (leave it out, or cut it)",
                    longest - options.lengths.begin(), *longest, options.padded_steps));
}

}  // namespace

LengthBuckets::LengthBuckets(BucketOptions options) : options_(std::move(options)) {
  expect_options(options_);
  sorted_.resize(options_.lengths.size());
  std::iota(sorted_.begin(), sorted_.end(), std::size_t(0));
  std::stable_sort(sorted_.begin(), sorted_.end(),
                   [&](std::size_t a, std::size_t b) { return options_.lengths[a] < options_.lengths[b]; });
  make_buckets(cut_greedily());
  shuffled_ = sorted_;
  order_.resize(batches());
  std::iota(order_.begin(), order_.end(), std::size_t(0));
}

std::size_t LengthBuckets::most_examples(std::size_t longest) const {
  const bool is_limited = longest > 0 && options_.padded_steps != no_limit;
  return std::min(options_.batch, is_limited ? options_.padded_steps / longest : no_limit);
}

/// Where full batches of the sorted examples end: the most of them that a batch may have, the shortest first.
std::vector<std::size_t> LengthBuckets::cut_greedily() const {
  std::vector<std::size_t> cuts{0};
  for (std::size_t i = 0; i < sorted_.size(); ++i)
    if (i - cuts.back() >= most_examples(options_.lengths[sorted_[i]])) cuts.push_back(i);
  cuts.push_back(sorted_.size());
  return cuts;
}

/// A bucket is several full batches that follow each other. Since its examples are shuffled, any of its batches may get
/// its longest example; its batches are as even as can be.
void LengthBuckets::make_buckets(std::span<const std::size_t> cuts) {
  const std::size_t full = cuts.size() - 1, count = std::min(options_.buckets, full);
  first_ = {0}, buckets_ = {0};
  for (std::size_t bucket = 0; bucket < count; ++bucket) {
    const auto [from, number] = BatchPart{bucket, count}.range_of(full);
    const std::size_t begin = cuts[from], end = cuts[from + number];
    const std::size_t most = most_examples(options_.lengths[sorted_[end - 1]]);
    const std::size_t batches = (end - begin - 1) / most + 1;
    for (std::size_t batch = 0; batch < batches; ++batch)
      first_.push_back(first_.back() + BatchPart{batch, batches}.range_of(end - begin).count);
    buckets_.push_back(end);
  }
}

void LengthBuckets::begin_epoch(const Random& random) {
  for (std::size_t bucket = 0; bucket + 1 < buckets_.size(); ++bucket) {
    const std::size_t begin = buckets_[bucket], count = buckets_[bucket + 1] - begin;
    const auto order = random.split(1 + bucket).permutation(count);
    for (std::size_t i = 0; i < count; ++i) shuffled_[begin + i] = sorted_[begin + order[i]];
  }
  order_ = random.split(0).permutation(batches());
}

std::span<const std::size_t> LengthBuckets::examples_of(std::size_t batch) const {
  const std::size_t chosen = order_[batch];
  return std::span(shuffled_).subspan(first_[chosen], first_[chosen + 1] - first_[chosen]);
}

std::size_t LengthBuckets::longest_of(std::size_t batch) const {
  std::size_t longest = 0;
  for (const std::size_t example : examples_of(batch)) longest = std::max(longest, options_.lengths[example]);
  return longest;
}

double LengthBuckets::padding() const {
  double steps = 0, padded = 0;  // their numbers may not fit a std::size_t
  for (const std::size_t length : options_.lengths) steps += static_cast<double>(length);
  for (std::size_t batch = 0; batch < batches(); ++batch)
    padded += static_cast<double>(longest_of(batch)) * static_cast<double>(examples_of(batch).size());
  return padded == 0 ? 0 : 1 - steps / padded;
}

std::map<std::string, std::string> LengthBuckets::settings() const {
  return {{"lengths", sha256_of(std::as_bytes(std::span(options_.lengths)))},
          {"batch", number_text(options_.batch)},
          {"padded_steps", number_text(options_.padded_steps)},
          {"buckets", number_text(options_.buckets)}};
}

}  // namespace unroll::inline v0::detail
