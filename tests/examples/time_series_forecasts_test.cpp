#include "support/catch.hpp"
#include "support/xml.hpp"
#include "time_series/forecasts.hpp"

#include <cmath>

using Catch::Contains;
using namespace time_series;

namespace {

/// Two steps ahead, forecast as 10 and 20 with a deviation of 1; the last number known is 8.
std::vector<Forecast> two_steps(double first_truth, double second_truth) {
  return {{.row = 3, .ahead = 1, .mean = 10, .deviation = 1, .truth = first_truth, .no_change = 8},
          {.row = 4, .ahead = 2, .mean = 20, .deviation = 1, .truth = second_truth, .no_change = 8}};
}
Series five_days() {
  Series series{.values = unroll::Tensor<float>({5, 2}), .names = {"high"}, .dates = {}};
  for (int day = 1; day <= 5; ++day) series.dates.push_back("2012-01-0" + std::to_string(day));
  return series;
}

}  // namespace

TEST_CASE("the intervals of a normal number hold half of it and nine tenths") {
  const Forecast forecast{.row = 0, .ahead = 1, .mean = 10, .deviation = 2, .truth = 0, .no_change = 0};
  const auto within = [&](int percent) {
    const auto below = [&](double x) { return 0.5 * std::erfc((10 - x) / 2 / std::sqrt(2)); };
    return below(forecast.high(percent)) - below(forecast.low(percent));
  };
  CHECK(within(50) == Approx(0.5));
  CHECK(within(90) == Approx(0.9));
}

TEST_CASE("errors are those of the nearest and the furthest step, beside those of no change") {
  auto forecasts = two_steps(13, 16);
  forecasts.push_back({.row = 4, .ahead = 1, .mean = 10, .deviation = 1, .truth = 14, .no_change = 9});
  const task::Scores scores = scores_of(forecasts, 100, false);
  REQUIRE(scores.scores.size() == 5);
  CHECK(scores.scores[0].name == "RMSE, 1 step ahead");
  CHECK(scores.scores[0].model == Approx(std::sqrt((9 + 16) / 2.)));
  CHECK(scores.scores[0].baseline == Approx(5));
  CHECK(scores.scores[1].name == "RMSE, 2 steps ahead");
  CHECK(scores.scores[1].model == Approx(4));
  CHECK(scores.scores[1].baseline == Approx(8));
  CHECK(scores.scores[2].model == Approx(12.5 / 100));
  CHECK(scores.scores[2].baseline == Approx(25. / 100));
}

TEST_CASE("errors of a logarithm are in per cent") {
  const task::Scores scores =
      scores_of({{.row = 0, .ahead = 1, .mean = 2, .deviation = 1, .truth = 2.01, .no_change = 2}}, 1, true);
  CHECK(scores.scores[0].model == Approx(1));
  CHECK(scores.scores[0].unit == "%");
}

TEST_CASE("intervals are judged by how much of what came they hold") {
  const auto within = [](double first, double second) {
    const auto scores = scores_of(two_steps(first, second), 1, false).scores;
    return std::pair{scores[3].model, scores[4].model};
  };
  CHECK(within(10.6, 19.4) == std::pair{100., 100.});
  CHECK(within(10.7, 19.4) == std::pair{50., 100.});
  CHECK(within(11.6, 18.3) == std::pair{0., 50.});
}

TEST_CASE("a table of forecasts is in the units of the data") {
  Series series = five_days();
  CHECK_THAT(table_of(two_steps(0, 0), series),
             Contains("step,mean,low 50,high 50,low 90,high 90\n1,10,9.32551,10.6745,8.35515,11.6449\n2,20,"));
  series.logarithm = true;
  CHECK_THAT(
      table_of({{.row = 0, .ahead = 1, .mean = std::log(7), .deviation = 0, .truth = 0, .no_change = 0}}, series),
      Contains("1,7,7,7,7,7"));
}

TEST_CASE("the page has a chart for the nearest and one for the furthest step, and is well-formed") {
  auto forecasts = two_steps(13, 16);
  for (std::size_t row = 1; row < 3; ++row)
    for (const auto& forecast : two_steps(12, 17)) forecasts.push_back(forecast), forecasts.back().row -= row;
  const std::string page = page_of(forecasts, five_days(), "high & <low>", scores_of(forecasts, 1, false));
  CHECK_THAT(page, Contains("1 step ahead") && Contains("2 steps ahead") && Contains("high &amp; &lt;low&gt;"));
  CHECK_THAT(page, Contains("steps after 2012-01-02 (until 2012-01-04)"));
  CHECK(count_elements(page, "svg") == 2);
}
