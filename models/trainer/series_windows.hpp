#pragma once

#include <unroll/framework/tensor/tensor.hpp>
#include <unroll/models/trainer/batch_source.hpp>
#include <unroll/models/trainer/periods.hpp>
#include <unroll/models/trainer/window_order.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace unroll::inline v0 {

/// Sizes of SeriesWindows. Each is at least 1.
struct SeriesOptions {
  std::size_t steps;                          ///< T: how many steps a forecast is made from.
  std::size_t horizon = 1;                    ///< How many steps ahead are forecast.
  std::vector<std::size_t> targets = {};      ///< The columns to forecast, counted from 0; empty: all.
  std::size_t stride = 1;                     ///< How many steps later the next window begins.
  std::size_t batch = 32;                     ///< N; the last batch of an epoch has the rest.
  WindowOrder order = WindowOrder::shuffled;  ///< in_order: for reading forecasts.
};

/// Windows of a series for one update.
template <class Scalar = float>
struct SeriesBatch {
  Tensor<Scalar> inputs;           ///< [T, N, columns]
  Tensor<Scalar> targets;          ///< [horizon, N, target columns]: the steps that follow.
  Tensor<Scalar> last;             ///< [N, target columns]: what the targets were at the last input.
  std::vector<std::size_t> times;  ///< [N]: the step of the series at which the targets begin.
  std::size_t count = 0;           ///< N

  /// The forecast of the random walk, [horizon, N, target columns]: that nothing changes. A model that is not better
  /// has learned nothing of the future.
  Tensor<Scalar> random_walk() const;
};

/// Windows of a time series [time, columns]: T steps to read, and the `horizon` steps after them to forecast.
///
///     const Periods periods = split_by_time(series.shape()[0], {.validation = 0.1, .test = 0.2});
///     SeriesWindows training(series, periods.training, {.steps = 30, .horizon = 7, .targets = {0}});
///     SeriesWindows test(series, periods.test,
///                        {.steps = 30, .horizon = 7, .targets = {0}, .order = WindowOrder::in_order});
///
/// No window sees the future: its inputs are the steps right before its targets, and all of its targets are in its
/// period, so that nothing of a later period is read. The inputs of a later period's first windows reach back into the
/// period before, as a forecaster's would, and so all of a test period is forecast: with `.stride = 1` at every
/// distance, with a stride of the horizon each step once. The first T steps of a series have no forecast.
///
/// The numbers are in the units of the data. A model standardizes them by what the training period alone says
/// (values_of, standardization.hpp). Prices are often forecast as changes from `last`.
template <class Scalar = float>
class SeriesWindows {
 public:
  using Batch = SeriesBatch<Scalar>;  ///< An update's windows.

  /// Keeps a reference to the series, which must outlive it. Throws ShapeError unless the series has two axes;
  /// ArgumentError for an option out of range, a period that is not within the series, and a period in which no window
  /// fits.
  SeriesWindows(const Tensor<Scalar>& series, const Period& period, SeriesOptions options);
  /// Deleted: the series must outlive it.
  SeriesWindows(const Tensor<Scalar>&& series, const Period& period, SeriesOptions options) = delete;

  std::size_t windows() const { return windows_; }  ///< Windows in an epoch.
  std::size_t batches() const;                      ///< Updates in an epoch.
  void begin_epoch(const Random& random);           ///< Shuffles, unless windows come in order.
  /// The SHA-256 of the series, and all options, which a checkpoint keeps.
  std::map<std::string, std::string> settings() const;
  /// Reads the windows of a part. Allocates only when the windows grow.
  void read(std::size_t batch, BatchPart part, Batch& to) const;

 private:
  void make_batch(std::size_t rows, Batch& to) const;
  void read_row(std::size_t time, std::size_t row, Batch& to) const;

  const Tensor<Scalar>* series_;
  Period period_;
  SeriesOptions options_;
  std::size_t first_ = 0, windows_ = 0;  // the time of the first targets, and how many there are
  std::vector<std::size_t> indices_;
};

extern template struct SeriesBatch<float>;
extern template struct SeriesBatch<double>;
extern template class SeriesWindows<float>;
extern template class SeriesWindows<double>;

}  // namespace unroll::inline v0
