#include "character_model/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace character_model {

namespace {

std::string numbers_of(const ProgressState& state) {
  return fmt::format("loss {:.3f}  {:.3f} bits/char  {:.1f} k chars/s  {} left", state.loss,
                     state.loss / std::numbers::ln2, state.characters_per_second / 1000,
                     format_duration(state.seconds_left));
}

}  // namespace

std::string format_duration(double seconds) {
  if (!(seconds >= 0 && seconds < 3.6e8)) return "?";
  const auto whole = std::llround(seconds);
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string progress_line(const ProgressState& state) {
  return fmt::format("{:3.0f} %  epoch {:.2f}  {}", 100 * state.done, state.epoch, numbers_of(state));
}

std::string progress_bar(const ProgressState& state, std::size_t columns) {
  const std::string text =
      fmt::format("  {:3.0f} %  {}  epoch {:.2f}", 100 * state.done, numbers_of(state), state.epoch);
  if (columns < text.size() + 12) return text.substr(2, columns);  // without room for a bar, show the numbers
  const std::size_t width = std::min<std::size_t>(columns - text.size() - 2, 40);
  const auto filled = static_cast<std::size_t>(std::clamp(state.done, 0.0, 1.0) * static_cast<double>(width));
  std::string bar = std::string(filled, '=') + std::string(width - filled, ' ');
  if (filled < width) bar[filled] = '>';
  return "[" + bar + "]" + text;
}

void Progress::show(const ProgressState& state, double seconds) {
  const auto columns = status_.columns();
  status_.show(columns ? progress_bar(state, *columns) : progress_line(state), seconds);
}

}  // namespace character_model
