#include "time_series/forecasts.hpp"

#include <unroll/framework/charts/line_chart.hpp>
#include <unroll/framework/charts/page.hpp>
#include <unroll/framework/charts/svg_canvas.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace time_series {

namespace {

namespace charts = unroll::charts;

/// How many deviations from the mean the interval of a normal number ends.
double deviations(int percent) { return percent == 50 ? 0.6744898 : 1.6448536; }

struct Errors {
  double model = 0, no_change = 0;  // squared
  std::size_t count = 0;
};

Errors errors_at(const std::vector<Forecast>& forecasts, std::size_t ahead) {
  Errors errors;
  for (const Forecast& f : forecasts) {
    if (f.ahead != ahead) continue;
    errors.model += (f.mean - f.truth) * (f.mean - f.truth);
    errors.no_change += (f.no_change - f.truth) * (f.no_change - f.truth);
    ++errors.count;
  }
  return errors;
}

double percent_within(const std::vector<Forecast>& forecasts, int percent) {
  const auto within = std::count_if(forecasts.begin(), forecasts.end(), [&](const Forecast& f) {
    return f.low(percent) <= f.truth && f.truth <= f.high(percent);
  });
  return 100 * static_cast<double>(within) / static_cast<double>(forecasts.size());
}

std::size_t furthest(const std::vector<Forecast>& forecasts) {
  return std::max_element(forecasts.begin(), forecasts.end(),
                          [](const auto& a, const auto& b) { return a.ahead < b.ahead; })
      ->ahead;
}

std::string steps(std::size_t ahead) { return fmt::format("{} step{} ahead", ahead, ahead == 1 ? "" : "s"); }

std::string chart_of(const std::vector<Forecast>& forecasts, const Series& series, const std::string& target,
                     std::size_t ahead) {
  charts::Series truth{.name = "what came", .color = 0, .points = {}};
  charts::Series forecast{.name = "forecast, and the interval of 90 %", .color = 1, .points = {}};
  std::size_t first = std::numeric_limits<std::size_t>::max(), last = 0;
  for (const Forecast& f : forecasts) {
    if (f.ahead != ahead) continue;
    first = std::min(first, f.row), last = std::max(last, f.row);
    const auto x = static_cast<double>(f.row - first);
    truth.points.push_back({x, series.in_units(f.truth)});
    forecast.points.push_back({x, series.in_units(f.mean)});
    forecast.ranges.push_back({x, series.in_units(f.low(90)), series.in_units(f.high(90))});
  }
  return draw(
      charts::LineChart{.title = steps(ahead),
                        .x_label = fmt::format("steps after {} (until {})", series.dates[first], series.dates[last]),
                        .y_label = target,
                        .series = {forecast, truth},
                        .scale = charts::Scale::linear,
                        .legend = charts::Legend::above});
}

}  // namespace

double Forecast::low(int percent) const { return mean - deviations(percent) * deviation; }
double Forecast::high(int percent) const { return mean + deviations(percent) * deviation; }

task::Scores scores_of(const std::vector<Forecast>& forecasts, double variance, bool logarithm) {
  task::Scores scores{.baseline = "no change", .scores = {}};
  const double unit = logarithm ? 100 : 1;  // of a logarithm, a hundredth is one per cent
  const std::size_t furthest_step = furthest(forecasts);
  for (const std::size_t ahead : {std::size_t{1}, furthest_step}) {
    const Errors errors = errors_at(forecasts, ahead);
    const auto rmse = [&](double sum) { return unit * std::sqrt(sum / static_cast<double>(errors.count)); };
    scores.scores.push_back({.name = "RMSE, " + steps(ahead),
                             .model = rmse(errors.model),
                             .baseline = rmse(errors.no_change),
                             .unit = logarithm ? "%" : ""});
    if (furthest_step == 1) break;
  }
  const Errors one = errors_at(forecasts, 1);
  const double scale = variance * static_cast<double>(one.count);
  scores.scores.push_back({.name = "squared error / variance, 1 step ahead",
                           .model = one.model / scale,
                           .baseline = one.no_change / scale});
  for (const int percent : {50, 90})
    scores.scores.push_back({.name = fmt::format("within the interval of {} %", percent),
                             .model = percent_within(forecasts, percent),
                             .unit = "%",
                             .digits = 1});
  return scores;
}

std::string page_of(const std::vector<Forecast>& forecasts, const Series& series, const std::string& target,
                    const task::Scores& scores) {
  std::string body = fmt::format("<pre>{}</pre>\n", charts::escape(to_text(scores)));
  body += chart_of(forecasts, series, target, 1);
  if (const std::size_t ahead = furthest(forecasts); ahead > 1) body += chart_of(forecasts, series, target, ahead);
  return charts::to_html({.title = "Forecasts of " + target, .head = "", .body = body});
}

std::string table_of(const std::vector<Forecast>& forecasts, const Series& series) {
  std::string table = "step,mean,low 50,high 50,low 90,high 90\n";
  for (const Forecast& f : forecasts)
    table += fmt::format("{},{:.6g},{:.6g},{:.6g},{:.6g},{:.6g}\n", f.ahead, series.in_units(f.mean),
                         series.in_units(f.low(50)), series.in_units(f.high(50)), series.in_units(f.low(90)),
                         series.in_units(f.high(90)));
  return table;
}

}  // namespace time_series
