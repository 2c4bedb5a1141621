#include <unroll/models/records/thinned_series.hpp>

#include <algorithm>
#include <cmath>

namespace unroll::inline v0 {

namespace {

double mean_of(double left, std::uint64_t left_count, double right, std::uint64_t right_count) {
  const double fraction = static_cast<double>(right_count) / static_cast<double>(left_count + right_count);
  return (1 - fraction) * left + fraction * right;  // no sum, which could overflow
}

ThinnedSpan joined(const ThinnedSpan& left, const ThinnedSpan& right) {
  if (left.finite == 0 || right.finite == 0) {
    ThinnedSpan one = left.finite == 0 && (right.finite > 0 || left.other == 0) ? right : left;
    one.other = left.other + right.other;
    return one;
  }
  return {.finite = left.finite + right.finite,
          .other = left.other + right.other,
          .update = mean_of(left.update, left.finite, right.update, right.finite),
          .mean = mean_of(left.mean, left.finite, right.mean, right.finite),
          .low = std::min(left.low, right.low),
          .high = std::max(left.high, right.high)};
}

}  // namespace

ThinnedSeries::ThinnedSeries(std::uint64_t first, std::size_t most)
    : first_(first), most_(std::clamp<std::size_t>(most, 2, 65536)) {
  spans_.reserve(most_);
}

void ThinnedSeries::add(std::uint64_t update, double number) {
  const bool finite = std::isfinite(number);
  add_at(update, {.finite = finite ? 1U : 0U,
                  .other = finite ? 0U : 1U,
                  .update = static_cast<double>(update),
                  .mean = finite ? number : 0,
                  .low = finite ? number : 0,
                  .high = finite ? number : 0});
}

void ThinnedSeries::add(const ThinnedSpan& span) { add_at(static_cast<std::uint64_t>(span.update), span); }

void ThinnedSeries::add_at(std::uint64_t update, const ThinnedSpan& span) {
  const std::uint64_t after = update - std::min(update, first_);
  while (after / stride_ >= most_) join_neighbors();
  const auto index = static_cast<std::size_t>(after / stride_);
  if (index >= spans_.size()) spans_.resize(index + 1);
  spans_[index] = joined(spans_[index], span);
}

void ThinnedSeries::join_neighbors() {
  const std::size_t count = (spans_.size() + 1) / 2;
  for (std::size_t i = 0; i < count; ++i)
    spans_[i] = 2 * i + 1 < spans_.size() ? joined(spans_[2 * i], spans_[2 * i + 1]) : spans_[2 * i];
  spans_.resize(count);
  stride_ *= 2;
}

}  // namespace unroll::inline v0
