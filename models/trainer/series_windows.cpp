#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/sizes.hpp>
#include <unroll/framework/files/metadata.hpp>
#include <unroll/framework/files/sha256.hpp>
#include <unroll/models/trainer/series_windows.hpp>
#include <unroll/models/trainer/shuffled_examples.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace unroll::inline v0 {

namespace {

void expect_options(const SeriesOptions& options, std::size_t columns) {
  for (const auto& [name, size] :
       {NamedSize{"columns", columns}, NamedSize{"steps", options.steps}, NamedSize{"horizon", options.horizon},
        NamedSize{"stride", options.stride}, NamedSize{"batch", options.batch}})
    if (size == 0) throw ArgumentError(fmt::format("series_windows: {} = 0 given, expected at least 1", name));
  for (const std::size_t column : options.targets) detail::expect_index("series_windows", "column", column, columns);
}

void expect_window(const SeriesOptions& options, const Period& period, std::size_t first) {
  if (first < period.end && options.horizon <= period.end - first) return;
  throw ArgumentError(fmt::format(
      "series_windows: no window of {} steps and {} ahead fits into the period from step {} to before {}, expected a "
      "period of at least the horizon, {} or more steps after the series begins (shorten the windows, or hold out "
      "more)",
      options.steps, options.horizon, period.first, period.end, options.steps));
}

}  // namespace

template <class Scalar>
Tensor<Scalar> SeriesBatch<Scalar>::random_walk() const {
  Tensor<Scalar> forecast(targets.shape());
  for (std::size_t i = 0; i < forecast.size(); ++i) forecast[i] = last[i % last.size()];
  return forecast;
}

template <class Scalar>
SeriesWindows<Scalar>::SeriesWindows(const Tensor<Scalar>& series, const Period& period, SeriesOptions options)
    : series_(&series), period_(period), options_(std::move(options)) {
  detail::expect_period("series_windows", series.shape(), period);
  expect_options(options_, series.shape()[1]);
  if (options_.targets.empty()) {
    options_.targets.resize(series.shape()[1]);
    std::iota(options_.targets.begin(), options_.targets.end(), std::size_t(0));
  }
  first_ = std::max(period.first, options_.steps);
  expect_window(options_, period, first_);
  windows_ = (period.end - first_ - options_.horizon) / options_.stride + 1;
}

template <class Scalar>
std::size_t SeriesWindows<Scalar>::batches() const {
  return (windows_ - 1) / options_.batch + 1;
}

template <class Scalar>
void SeriesWindows<Scalar>::begin_epoch(const Random& random) {
  indices_ = detail::windows_in(options_.order, windows_, random);
}

template <class Scalar>
std::map<std::string, std::string> SeriesWindows<Scalar>::settings() const {
  return {{"sha256", sha256_of(std::as_bytes(series_->values()))},
          {"period", fmt::format("{} to {}", period_.first, period_.end)},
          {"steps", number_text(options_.steps)},
          {"horizon", number_text(options_.horizon)},
          {"targets", fmt::format("{}", fmt::join(options_.targets, " "))},
          {"stride", number_text(options_.stride)},
          {"batch", number_text(options_.batch)},
          {"order", detail::name_of(options_.order)}};
}

template <class Scalar>
void SeriesWindows<Scalar>::make_batch(std::size_t rows, Batch& to) const {
  const std::size_t columns = series_->shape()[1], targets = options_.targets.size();
  const auto make = [](Tensor<Scalar>& tensor, const Shape& shape) {
    if (tensor.shape() != shape) tensor = Tensor<Scalar>(shape);
  };
  make(to.inputs, {options_.steps, rows, columns});
  make(to.targets, {options_.horizon, rows, targets});
  make(to.last, {rows, targets});
  to.times.resize(rows);
}

template <class Scalar>
void SeriesWindows<Scalar>::read_row(std::size_t time, std::size_t row, Batch& to) const {
  const std::size_t columns = series_->shape()[1], targets = options_.targets.size(), rows = to.count;
  const Scalar* const begin = series_->data() + (time - options_.steps) * columns;
  for (std::size_t t = 0; t < options_.steps; ++t)
    std::copy_n(begin + t * columns, columns, to.inputs.data() + (t * rows + row) * columns);
  const Scalar* const next = series_->data() + time * columns;
  for (std::size_t k = 0; k < targets; ++k) {
    const std::size_t column = options_.targets[k];
    to.last[row * targets + k] = *(next - columns + column);
    for (std::size_t t = 0; t < options_.horizon; ++t)
      to.targets[(t * rows + row) * targets + k] = next[t * columns + column];
  }
  to.times[row] = time;
}

template <class Scalar>
void SeriesWindows<Scalar>::read(std::size_t batch, BatchPart part, Batch& to) const {
  const auto windows = detail::examples_of(indices_, options_.batch, batch, part);
  to.count = windows.size();
  if (windows.empty()) return;
  make_batch(windows.size(), to);
  for (std::size_t row = 0; row < windows.size(); ++row) read_row(first_ + windows[row] * options_.stride, row, to);
}

template struct SeriesBatch<float>;
template struct SeriesBatch<double>;
template class SeriesWindows<float>;
template class SeriesWindows<double>;

}  // namespace unroll::inline v0
