#include <unroll/models/records/console_progress.hpp>
#include <unroll/models/records/duration.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace unroll::inline v0 {

namespace {

template <class... Parts>
void print(std::string& line, fmt::format_string<Parts...> format, Parts&&... parts) {
  fmt::format_to(std::back_inserter(line), format, std::forward<Parts>(parts)...);
}

void add_numbers(std::string& line, const ProgressState& state, const ProgressWords& words) {
  print(line, "loss {:.3f}", state.loss);
  if (words.explain_loss) words.explain_loss(line, state.loss);
  if (state.items_per_second < 1000)
    print(line, "  {:.1f} {}/s", state.items_per_second, words.items);
  else
    print(line, "  {:.1f} k {}/s", state.items_per_second / 1000, words.items);
  print(line, "  {} left", format_duration(state.seconds_left));
}

}  // namespace

void make_progress_bar(std::string& bar, const ProgressState& state, std::size_t columns, const ProgressWords& words) {
  constexpr std::size_t least = 8, most = 40;  // columns between the brackets
  bar.clear();
  print(bar, "{:3.0f} %  ", 100 * state.progress);
  add_numbers(bar, state, words);
  print(bar, "  epoch {:.2f}", state.epoch);
  const std::size_t beside = bar.size() + 4;  // "[", "]" and two spaces
  if (columns < beside + least) return bar.resize(std::min(bar.size(), columns));
  const std::size_t width = std::min(columns - beside, most);
  const double done = state.progress > 0 ? std::min(state.progress, 1.0) : 0;
  const auto filled = static_cast<std::size_t>(done * static_cast<double>(width));
  bar.insert(0, width + 4, ' ');
  bar.replace(1, filled, filled, '=');
  if (filled < width) bar[1 + filled] = '>';
  bar.front() = '[', bar[width + 1] = ']';
}

void make_progress_line(std::string& line, const ProgressState& state, const ProgressWords& words) {
  line.clear();
  print(line, "{:3.0f} %  epoch {:.2f}  ", 100 * state.progress, state.epoch);
  add_numbers(line, state, words);
}

ConsoleProgress::ConsoleProgress(ConsoleProgressOptions options)
    : options_(std::move(options)), status_(options_.status) {
  text_.reserve(512);
}

void ConsoleProgress::on_begin(const TrainingStart& start) {
  start_ = start;
  last_update_ = start.seconds;
}

void ConsoleProgress::on_update(const UpdateRecord& record) {
  if (std::isfinite(record.loss)) loss_.add(record.loss);
  items_ += record.items;
  last_update_ = record.seconds;
  const double seconds = record.seconds - start_.seconds, progress = record.progress - start_.progress;
  if (!due(seconds)) return;
  const double training = seconds - evaluation_seconds_;
  show({.progress = std::min(record.progress, 1.0),
        .epoch = record.epoch,
        .loss = loss_.value(),
        .items_per_second = training > 0 ? static_cast<double>(items_) / training : 0,
        .seconds_left = progress > 0 ? seconds * std::max(1 - record.progress, 0.0) / progress : -1},
       seconds);
}

void ConsoleProgress::on_evaluation(const EvaluationRecord& record) {
  evaluation_seconds_ += std::max(record.seconds - last_update_, 0.0);
  last_update_ = record.seconds;
  const bool compares = !record.best && best_ < std::numeric_limits<double>::infinity();
  if (record.best) best_ = record.loss;
  std::string line;
  print(line, "{:3.0f} %  held-out loss {:.4f}", 100 * std::min(record.progress, 1.0), record.loss);
  if (options_.words.explain_loss) options_.words.explain_loss(line, record.loss);
  if (record.best) print(line, ", the best so far");
  if (compares) print(line, "; the best is {:.4f}", best_);
  say(line);
}

void ConsoleProgress::show(const ProgressState& state, double seconds) {
  if (const auto columns = status_.columns())
    make_progress_bar(text_, state, *columns, options_.words);
  else
    make_progress_line(text_, state, options_.words);
  status_.show(text_, seconds);
}

}  // namespace unroll::inline v0
