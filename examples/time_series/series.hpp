#pragma once

#include "support/csv_table.hpp"
#include <unroll/framework/tensor/tensor.hpp>
#include <unroll/models/trainer/periods.hpp>
#include <unroll/models/trainer/series_windows.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace time_series {

/// How the columns of a table become numbers that a model reads. All of it is kept with the model.
struct SeriesFlags {
  std::string target = {};  // the column to forecast
  std::string date = {};    // the column that names the rows, such as dates or years; empty: the first
  bool logarithm = false;   // forecast the logarithm of the target, as for prices
  bool calendar = false;    // read the time of the year, too, which dates tell
  bool changes = false;     // read how columns change from row to row, not what they are, as for prices
  bool alone = false;       // read no column but the target
};

/// The numbers of a table, in rows of time: the target first, then the columns to read. Those are the target again, or
/// its changes, the other columns of numbers, or theirs, and the time of the year as a place on a circle.
struct Series {
  unroll::Tensor<float> values;    // [rows, columns]
  std::vector<std::string> names;  // of the columns to read
  std::vector<std::string> dates;  // of the rows
  bool logarithm = false;

  std::size_t rows() const { return dates.size(); }
  /// The row of a date. Throws unroll::ArgumentError, naming the flag, when there is none.
  std::size_t row_of(const char* flag, const std::string& date) const;
  /// A target or a forecast in the units of the table.
  double in_units(double value) const;
  /// The variance of the target in all rows before `end`.
  double variance(std::size_t end) const;
  /// Adds rows at the end that are like the last one, for forecasts of what is not known.
  void extend(std::size_t rows);
};

/// Throws unroll::ArgumentError for a column that is not there, or without a name; unroll::FileError, with the line,
/// for a field that is no number, a target that has no logarithm, and a date that is none.
Series series_of(const support::CsvTable& table, const SeriesFlags& flags);

/// Cuts the rows: those from `test_from` (empty: the last fifth) to `test_until` (empty: the last one) are for the
/// test, and of those before, the fraction `validation` at their end for validation. Throws unroll::ArgumentError for a
/// name that no row has, and for a test that ends before it begins.
unroll::Periods periods_of(const Series& series, const std::string& test_from, const std::string& test_until,
                           double validation);

/// The columns to read in a period, [rows, columns].
unroll::Tensor<float> inputs_of(const Series& series, const unroll::Period& period);

/// How the numbers to forecast differ from the last one that is known, [N, horizon].
unroll::Tensor<float> changes_of(const unroll::SeriesBatch<float>& batch);

/// The flags as a model's file keeps them.
std::map<std::string, std::string> to_metadata(const SeriesFlags& flags);
/// The flags in the metadata of a file.
SeriesFlags series_flags_in(const std::map<std::string, std::string>& metadata);

}  // namespace time_series
