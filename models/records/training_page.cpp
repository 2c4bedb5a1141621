#include <unroll/framework/charts/line_chart.hpp>
#include <unroll/framework/charts/page.hpp>
#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/files/atomic_file.hpp>
#include <unroll/framework/files/input_file.hpp>
#include <unroll/models/records/duration.hpp>
#include <unroll/models/records/training_page.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

namespace unroll::inline v0 {

namespace {

using charts::LineChart, charts::Series;

constexpr double seconds_between_pages = 10;                          // seconds
constexpr std::uint64_t least_page = 4096, largest_page = 1U << 24U;  // bytes

constexpr std::string_view mark = R"(<meta name="generator" content="unroll training page"/>)";
constexpr std::string_view data_begin = R"(<script type="application/json" id="history">)", data_end = "</script>";
constexpr std::string_view style = R"(
<meta name="viewport" content="width=device-width"/>
<meta name="color-scheme" content="light dark"/>
<style>@media (prefers-color-scheme: dark) { body { color: #ddd; background: #1c1c1e; } }</style>
)";

Series series_of(const ThinnedSeries& thinned, std::string name, std::size_t color) {
  Series series{.name = std::move(name), .color = color, .points = {}};
  for (const ThinnedSpan& span : thinned.spans()) {
    if (span.finite + span.other == 0) continue;
    const double nothing = std::numeric_limits<double>::quiet_NaN();  // a gap
    series.points.push_back({span.update, span.finite > 0 ? span.mean : nothing});
    series.ranges.push_back({span.update, span.finite > 0 ? span.low : nothing, span.finite > 0 ? span.high : nothing});
  }
  if (thinned.stride() == 1) series.ranges.clear();
  return series;
}

/// Logarithmic when a linear axis would show a part of the numbers as one line: all above 0, and far apart.
charts::Scale scale_for(const std::vector<Series>& all) {
  constexpr double far = 50;
  double low = std::numeric_limits<double>::infinity(), high = 0;
  const auto include = [&](double number) {
    if (std::isfinite(number)) low = std::min(low, number), high = std::max(high, number);
  };
  for (const Series& series : all) {
    for (const auto& [update, number] : series.points) include(number);
    for (const auto& [update, least, greatest] : series.ranges) include(least), include(greatest);
  }
  return low > 0 && high > far * low ? charts::Scale::logarithmic : charts::Scale::linear;
}

std::vector<charts::Mark> skipped_marks(const TrainingHistory& history) {
  std::vector<charts::Mark> marks;
  for (const ThinnedSpan& span : history.skipped().spans())
    if (span.finite > 0)
      marks.push_back(
          {span.update, fmt::format("{} skipped, about update {:.0f}", counted(span.finite, "update"), span.update)});
  return marks;
}

std::string words_for(const ThinnedSeries& series) {
  return series.stride() == 1 ? "each update" : fmt::format("mean and range of {} updates", series.stride());
}

LineChart chart_of(const TrainingHistory& history, const char* title, std::vector<Series> series, charts::Scale scale) {
  LineChart chart{.title = title,
                  .x_label = "update",
                  .y_label = "",
                  .series = std::move(series),
                  .scale = scale,
                  .legend = charts::Legend::above,
                  .marks = skipped_marks(history),
                  .marks_name = "skipped"};
  chart.x_range.include(static_cast<double>(history.latest().update));
  return chart;
}

LineChart loss_chart(const TrainingHistory& history) {
  std::vector<Series> series{series_of(history.loss(), "loss: " + words_for(history.loss()), 0)};
  if (!history.held_out_loss().spans().empty()) {
    series.push_back(series_of(history.held_out_loss(), "held-out loss", 1));
    series.back().ranges.clear();
  }
  const charts::Scale scale = scale_for(series);
  LineChart chart = chart_of(history, "Loss", std::move(series), scale);
  if (const auto best = history.best())
    chart.label =
        charts::Label{{static_cast<double>(best->update), best->loss}, fmt::format("best: {:.4g}", best->loss), 1};
  return chart;
}

std::string row(std::string_view name, const std::string& value) {
  return fmt::format("<tr><td>{}</td><td class=\"number\">{}</td></tr>\n", name, value);
}

std::string summary(const TrainingHistory& history) {
  const UpdateRecord& latest = history.latest();
  std::string html = "<table>\n";
  html += row("updates", fmt::format("{}", latest.update));
  html += row("epochs", fmt::format("{:.2f}", latest.epoch));
  html += row("time", format_duration(latest.seconds));
  html += row("of the budget", fmt::format("{:.0f} %", 100 * latest.progress));
  if (const double rate = history.items_per_second(); rate > 0)
    html += row("items per second", fmt::format("{:.0f}", rate));
  if (const auto& spans = history.loss().spans(); !spans.empty())
    html += row("loss", spans.back().finite > 0 ? fmt::format("{:.4f}", spans.back().mean) : "not finite");
  if (const auto best = history.best())
    html += row("best held-out loss", fmt::format("{:.4f} after update {}", best->loss, best->update));
  std::uint64_t skipped = 0;
  for (const ThinnedSpan& span : history.skipped().spans()) skipped += span.finite;
  if (skipped > 0) html += row("skipped updates", fmt::format("{}", skipped));
  return html + "</table>\n";
}

[[noreturn]] void refuse(const std::filesystem::path& path) {
  throw FileError(
      fmt::format("{} is no page of a training; give the page another name, or move this file away", quoted(path)));
}

/// The page that is there; empty if there is none.
std::string old_page(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error) || std::filesystem::file_size(path, error) == 0) return "";
  if (std::filesystem::file_size(path, error) > largest_page) refuse(path);
  std::string page = read_file(path, largest_page);
  if (page.find(mark) == std::string::npos) refuse(path);
  return page;
}

std::string_view data_of(std::string_view page) {
  const std::size_t begin = page.rfind(data_begin);
  if (begin == std::string_view::npos) return "";
  const std::string_view data = page.substr(begin + data_begin.size());
  return data.substr(0, data.find(data_end));
}

}  // namespace

std::string training_page(const TrainingHistory& history, std::string_view title) {
  std::string body = summary(history) + draw(loss_chart(history));
  const ThinnedSeries &rate = history.learning_rate(), &norm = history.gradient_norm();
  body += draw(chart_of(history, "Learning rate", {series_of(rate, words_for(rate), 2)}, charts::Scale::linear));
  if (!norm.spans().empty()) {
    const std::vector<Series> series{series_of(norm, words_for(norm), 3)};
    body += draw(chart_of(history, "Gradient norm, before clipping", series, scale_for(series)));
  }
  body += fmt::format("{}{}{}\n", data_begin, history.to_json(), data_end);
  return charts::to_html({.title = escaped(title), .head = fmt::format("{}{}", mark, style), .body = body});
}

TrainingPage::TrainingPage(std::filesystem::path path, std::string title)
    : path_(std::move(path)), title_(std::move(title)) {
  expect_writable(path_, least_page);
  old_page(path_);
}

void TrainingPage::on_begin(const TrainingStart& start) {
  next_ = start.seconds;
  history_ = start.update == 0 ? TrainingHistory(start) : TrainingHistory::resumed(start, data_of(old_page(path_)));
}

void TrainingPage::on_evaluation(const EvaluationRecord& record) {
  history_.add(record);
  if (record.seconds >= next_) write();
}

void TrainingPage::write() {
  next_ = history_.latest().seconds + seconds_between_pages;  // also when the disk is full
  const std::string page = training_page(history_, title_);
  write_atomically(path_, std::as_bytes(std::span(page)));
}

}  // namespace unroll::inline v0
