#include "support/catch.hpp"
#include "support/messages.hpp"
#include "support/temporary_directory.hpp"
#include "time_series/series.hpp"
#include <unroll/framework/errors/error.hpp>

#include <cmath>
#include <fstream>

using Catch::Contains;
using namespace time_series;

namespace {

support::CsvTable table_of(const std::string& text) {
  const TemporaryDirectory directory;
  std::ofstream(directory / "t.csv") << text;
  return support::CsvTable(directory / "t.csv");
}
const char* const weather =
    "date,rain,high,kind\n"
    "2012-01-01,0.5,10,sun\n"
    "2012-07-02,1.5,30,rain\n"
    "2013-01-01,2.5,20,fog\n";

Series series_with(const SeriesFlags& flags, const std::string& text = weather) {
  return series_of(table_of(text), flags);
}

template <class Error>
std::string refusal(const SeriesFlags& flags, const std::string& text = weather) {
  return message_of<Error>([&] { series_with(flags, text); });
}
/// A series of n rows, 0, 1, 2, ..., named so.
Series counting(std::size_t rows) {
  std::string text = "row,number\n";
  for (std::size_t row = 0; row < rows; ++row) text += std::to_string(row) + "," + std::to_string(row) + "\n";
  return series_with({.target = "number"}, text);
}

}  // namespace

TEST_CASE("a series has its target first, then what is read: all columns of numbers") {
  const Series series = series_with({.target = "high"});
  CHECK(series.names == std::vector<std::string>{"high", "rain"});
  CHECK(series.dates == std::vector<std::string>{"2012-01-01", "2012-07-02", "2013-01-01"});
  CHECK(series.values == unroll::Tensor<float>({3, 3}, {10, 10, 0.5F, 30, 30, 1.5F, 20, 20, 2.5F}));
  CHECK(series_with({.target = "high", .alone = true}).values
        == unroll::Tensor<float>({3, 2}, {10, 10, 30, 30, 20, 20}));
}

TEST_CASE("changes are read from row to row, and the target stays what it is") {
  CHECK(series_with({.target = "high", .changes = true}).values
        == unroll::Tensor<float>({3, 3}, {10, 0, 0, 30, 20, 1, 20, -10, 1}));
}

TEST_CASE("the logarithm is that of the target, and forecasts come back in its units") {
  const Series series = series_with({.target = "high", .logarithm = true});
  CHECK(series.values.at({1, 0}) == Approx(std::log(30)));
  CHECK(series.values.at({1, 2}) == 1.5F);
  CHECK(series.in_units(std::log(30)) == Approx(30));
  CHECK(series_with({.target = "high"}).in_units(30) == 30);
}

TEST_CASE("the time of the year is a place on a circle") {
  const Series series = series_with({.target = "high", .calendar = true});
  CHECK(series.names.back() == "cosine of the year");
  CHECK(series.values.at({0, 3}) == 0);
  CHECK(series.values.at({0, 4}) == 1);
  CHECK(series.values.at({1, 4}) == Approx(-1));  // day 183 of 366
  CHECK(series.values.at({2, 4}) == 1);
  CHECK(series_with({.target = "b", .calendar = true}, "a,b\n2012/07/02,1\n").values.at({0, 3}) == Approx(-1));
}

TEST_CASE("columns and fields that do not suit are refused with their place") {
  CHECK_THAT(refusal<unroll::ArgumentError>({.target = "low"}), Contains("no column \"low\""));
  CHECK_THAT(refusal<unroll::ArgumentError>({.target = "high", .date = "day"}), Contains("no column \"day\""));
  CHECK_THAT(refusal<unroll::ArgumentError>({.target = "date"}), Contains("--target") && Contains("column of dates"));
  CHECK_THAT(refusal<unroll::FileError>({.target = "kind"}),
             Contains("line 2: \"sun\" in column \"kind\", expected a number"));
  CHECK_THAT(refusal<unroll::FileError>({.target = "b"}, "a,b\n1,2\n2,x\n"), Contains("line 3: \"x\""));
  CHECK_THAT(refusal<unroll::FileError>({.target = "b", .logarithm = true}, "a,b\n1,2\n2,0\n"),
             Contains("line 3: 0 in column \"b\", expected a number above 0, for --logarithm"));
  for (const char* const date : {"2012-13-01", "2013-02-29", "2012-02", "2012-02-03x", "2012-02/03", "12", "today"})
    CHECK_THAT(refusal<unroll::FileError>({.target = "b", .calendar = true}, "a,b\n" + std::string(date) + ",2\n"),
               Contains("line 2: \"" + std::string(date) + "\" in column \"a\", expected a date"));
}

TEST_CASE("rows before the test are for training, and the last of them for validation") {
  const Series series = counting(100);
  const unroll::Periods usual = periods_of(series, "", "", 0.25);
  CHECK(usual.training.first == 0);
  CHECK(usual.training.end == 60);
  CHECK(usual.validation.first == 60);
  CHECK(usual.validation.end == 80);
  CHECK(usual.test.first == 80);
  CHECK(usual.test.end == 100);
  const unroll::Periods named = periods_of(series, "50", "59", 0.5);
  CHECK(named.training.end == 25);
  CHECK(named.validation.end == 50);
  CHECK(named.test.first == 50);
  CHECK(named.test.end == 60);
}

TEST_CASE("a test of rows that are not there, or before its beginning, is refused") {
  const Series series = counting(10);
  const auto refused = [&](const char* from, const char* until) {
    return message_of<unroll::ArgumentError>([&] { periods_of(series, from, until, 0.1); });
  };
  CHECK(refused("10", "") == "--test-from: \"10\" given, expected the name of a row, between \"0\" and \"9\"");
  CHECK_THAT(refused("", "x"), Contains("--test-until: \"x\""));
  CHECK_THAT(refused("5", "4"), Contains("--test-until: \"4\" is before the test begins, at \"5\""));
}

TEST_CASE("a series of few rows has a test of one") {
  for (const std::size_t rows : {1, 4}) {
    const unroll::Periods periods = periods_of(counting(rows), "", "", 0.2);
    CHECK(periods.test.first == rows - 1);
    CHECK(periods.test.end == rows);
    CHECK(periods.validation.end == rows - 1);
  }
}

TEST_CASE("changes are what comes, less the last number that is known") {
  const Series series = counting(20);
  unroll::SeriesWindows<> windows(series.values, {10, 20},
                                  {.steps = 3, .horizon = 2, .targets = {0}, .order = unroll::WindowOrder::in_order});
  windows.begin_epoch(unroll::Random(0));
  unroll::SeriesBatch<> batch;
  windows.read(0, {}, batch);
  CHECK(changes_of(batch) == unroll::Tensor<float>({9, 2}, {1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2}));
  CHECK(inputs_of(series, {4, 6}) == unroll::Tensor<float>({2, 1}, {4, 5}));
}

TEST_CASE("the variance is that of the rows before an end, and a series is extended by its last row") {
  Series series = counting(4);
  CHECK(series.variance(3) == Approx(2. / 3));
  series.extend(2);
  CHECK(series.rows() == 6);
  CHECK(series.values == unroll::Tensor<float>({6, 2}, {0, 0, 1, 1, 2, 2, 3, 3, 3, 3, 3, 3}));
}

TEST_CASE("the flags of a series are kept with a model") {
  for (const bool on : {false, true}) {
    const SeriesFlags flags{.target = "t", .date = "d", .logarithm = on, .calendar = !on, .changes = on, .alone = !on};
    const SeriesFlags back = series_flags_in(to_metadata(flags));
    CHECK(back.target == "t");
    CHECK(back.date == "d");
    CHECK(back.logarithm == on);
    CHECK(back.calendar != on);
    CHECK(back.changes == on);
    CHECK(back.alone != on);
  }
}
