#pragma once

#include "task/scores.hpp"
#include "time_series/series.hpp"
#include <unroll/models/trainer/series_windows.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace time_series {

/// A forecast of one number, in the units of the series: it is normal, of this mean and deviation.
struct Forecast {
  std::size_t row;    // that it is a forecast of
  std::size_t ahead;  // how many steps it looks ahead, from 1
  double mean, deviation;
  double truth, no_change;  // what the number was, and the last one that the forecast knew

  /// The ends of the interval that holds the number with a probability of 50 or 90 %.
  double low(int percent) const;
  double high(int percent) const;
};

/// Errors beside those of the forecast that nothing changes, and how many numbers their intervals hold. `variance` is
/// that of the series, by which the literature divides squared errors.
task::Scores scores_of(const std::vector<Forecast>& forecasts, double variance, bool logarithm);

/// A page of a chart for the shortest and one for the longest look ahead: truth, forecast, and the interval of 90 %.
std::string page_of(const std::vector<Forecast>& forecasts, const Series& series, const std::string& target,
                    const task::Scores& scores);

/// A table (CSV) of forecasts in the units of the table: "step,mean,low 50,high 50,low 90,high 90".
std::string table_of(const std::vector<Forecast>& forecasts, const Series& series);

}  // namespace time_series
