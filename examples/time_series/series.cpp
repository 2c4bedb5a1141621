#include "time_series/series.hpp"

#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <numbers>

namespace time_series {

namespace {

using support::CsvTable;
using unroll::quoted;

/// The fraction of its year that has passed on a date, 2012-03-01 or 2012/03/01.
double time_of_year(const CsvTable& table, std::size_t row, std::size_t column) {
  namespace chrono = std::chrono;
  const std::string& text = table.text(row, column);
  int year = 0, rest = 0;
  unsigned month = 0, day = 0;
  char first = 0, second = 0;
  if (std::sscanf(text.c_str(), "%4d%c%2u%c%2u%n", &year, &first, &month, &second, &day, &rest) == 5) {
    const chrono::year_month_day date{chrono::year(year), chrono::month(month), chrono::day(day)};
    if (date.ok() && first == second && (first == '-' || first == '/')
        && text.size() == static_cast<std::size_t>(rest)) {
      const chrono::sys_days begin = chrono::year_month_day{date.year(), chrono::January, chrono::day(1)};
      return static_cast<double>((chrono::sys_days(date) - begin).count()) / (date.year().is_leap() ? 366 : 365);
    }
  }
  throw unroll::FileError(fmt::format("{}: {} in column {}, expected a date such as 2012-03-01, for --calendar",
                                      table.place(row), quoted(text), quoted(table.names()[column])));
}

float number_of(const CsvTable& table, std::size_t row, std::size_t column, bool logarithm) {
  const double number = table.number(row, column);
  if (logarithm && !(number > 0))
    throw unroll::FileError(fmt::format("{}: {} in column {}, expected a number above 0, for --logarithm",
                                        table.place(row), number, quoted(table.names()[column])));
  return static_cast<float>(logarithm ? std::log(number) : number);
}

/// The columns to read, the target first.
std::vector<std::size_t> columns_to_read(const CsvTable& table, std::size_t target, std::size_t date, bool alone) {
  std::vector<std::size_t> columns{target};
  for (std::size_t column = 0; column < table.names().size() && !alone; ++column)
    if (column != target && column != date && table.is_numeric(column)) columns.push_back(column);
  return columns;
}

/// Puts the time of the year into the last two columns.
void add_calendar(Series& series, const CsvTable& table, std::size_t date) {
  const std::size_t width = series.values.shape()[1];
  series.names.insert(series.names.end(), {"sine of the year", "cosine of the year"});
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const double angle = 2 * std::numbers::pi * time_of_year(table, row, date);
    series.values.at({row, width - 2}) = static_cast<float>(std::sin(angle));
    series.values.at({row, width - 1}) = static_cast<float>(std::cos(angle));
  }
}

}  // namespace

Series series_of(const CsvTable& table, const SeriesFlags& flags) {
  const std::size_t target = table.column(flags.target), date = flags.date.empty() ? 0 : table.column(flags.date);
  if (target == date)
    throw unroll::ArgumentError(
        fmt::format("--target: {} is the column of dates (--date), expected another one", quoted(flags.target)));
  const std::vector<std::size_t> columns = columns_to_read(table, target, date, flags.alone);
  Series series{.values = unroll::Tensor<float>({table.rows(), 1 + columns.size() + (flags.calendar ? 2 : 0)}),
                .names = {},
                .dates = {},
                .logarithm = flags.logarithm};
  for (std::size_t row = 0; row < table.rows(); ++row) {
    series.dates.push_back(table.text(row, date));
    const auto number = [&](std::size_t at, std::size_t i) {
      return number_of(table, at, columns[i], i == 0 && flags.logarithm);
    };
    series.values.at({row, 0}) = number(row, 0);
    for (std::size_t i = 0; i < columns.size(); ++i)  // nothing is known of the change to the first row
      series.values.at({row, 1 + i}) = number(row, i) - (flags.changes ? number(row == 0 ? 0 : row - 1, i) : 0);
  }
  for (const std::size_t column : columns) series.names.push_back(table.names()[column]);
  if (flags.calendar) add_calendar(series, table, date);
  return series;
}

std::size_t Series::row_of(const char* flag, const std::string& date) const {
  const auto found = std::find(dates.begin(), dates.end(), date);
  if (found != dates.end()) return static_cast<std::size_t>(found - dates.begin());
  throw unroll::ArgumentError(fmt::format("{}: {} given, expected the name of a row, between {} and {}", flag,
                                          quoted(date), quoted(dates.front()), quoted(dates.back())));
}

double Series::in_units(double value) const { return logarithm ? std::exp(value) : value; }

double Series::variance(std::size_t end) const {
  double sum = 0, squares = 0;
  for (std::size_t row = 0; row < end; ++row) sum += values.at({row, 0});
  const double mean = sum / static_cast<double>(end);
  for (std::size_t row = 0; row < end; ++row) squares += std::pow(values.at({row, 0}) - mean, 2);
  return squares / static_cast<double>(end);
}

void Series::extend(std::size_t more) {
  const std::size_t width = values.shape()[1];
  unroll::Tensor<float> longer({rows() + more, width});
  for (std::size_t i = 0; i < longer.size(); ++i)
    longer[i] = values[i < values.size() ? i : values.size() - width + i % width];
  values = std::move(longer);
  dates.insert(dates.end(), more, "");
}

unroll::Periods periods_of(const Series& series, const std::string& test_from, const std::string& test_until,
                           double validation) {
  const std::size_t fifth = std::max<std::size_t>(series.rows() / 5, 1);
  const std::size_t begin = test_from.empty() ? series.rows() - fifth : series.row_of("--test-from", test_from);
  const std::size_t last = test_until.empty() ? series.rows() - 1 : series.row_of("--test-until", test_until);
  if (last < begin)
    throw unroll::ArgumentError(fmt::format("--test-until: {} is before the test begins, at {} (--test-from)",
                                            quoted(series.dates[last]), quoted(series.dates[begin])));
  const auto held_out = static_cast<std::size_t>(validation * static_cast<double>(begin));
  return {{0, begin - held_out}, {begin - held_out, begin}, {begin, last + 1}};
}

unroll::Tensor<float> inputs_of(const Series& series, const unroll::Period& period) {
  const std::size_t width = series.values.shape()[1] - 1;
  unroll::Tensor<float> inputs({period.steps(), width});
  for (std::size_t row = 0; row < period.steps(); ++row)
    for (std::size_t i = 0; i < width; ++i) inputs.at({row, i}) = series.values.at({period.first + row, 1 + i});
  return inputs;
}

unroll::Tensor<float> changes_of(const unroll::SeriesBatch<float>& batch) {
  const std::size_t horizon = batch.targets.shape()[0];
  unroll::Tensor<float> changes({batch.count, horizon});
  for (std::size_t n = 0; n < batch.count; ++n)
    for (std::size_t step = 0; step < horizon; ++step)
      changes.at({n, step}) = batch.targets.at({step, n, 0}) - batch.last.at({n, 0});
  return changes;
}

std::map<std::string, std::string> to_metadata(const SeriesFlags& flags) {
  return {{"target", flags.target},
          {"date", flags.date},
          {"logarithm", flags.logarithm ? "true" : "false"},
          {"calendar", flags.calendar ? "true" : "false"},
          {"changes", flags.changes ? "true" : "false"},
          {"alone", flags.alone ? "true" : "false"}};
}

SeriesFlags series_flags_in(const std::map<std::string, std::string>& metadata) {
  const auto at = [&](const char* name) {
    const auto found = metadata.find(name);
    return found == metadata.end() ? "" : found->second;
  };
  return {.target = at("target"),
          .date = at("date"),
          .logarithm = at("logarithm") == "true",
          .calendar = at("calendar") == "true",
          .changes = at("changes") == "true",
          .alone = at("alone") == "true"};
}

}  // namespace time_series
