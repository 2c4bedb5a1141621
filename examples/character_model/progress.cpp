#include "character_model/progress.hpp"

#include "character_model/output.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numbers>

namespace character_model {

namespace {

constexpr double bar_interval = 0.2, line_interval = 10;  // seconds

bool can_draw() {
  const char* const terminal = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && terminal != nullptr && std::string_view(terminal) != "dumb";
}

std::size_t terminal_columns() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void write_raw(std::string_view text) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

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
  if (columns < text.size() + 12) return text.substr(2, columns);  // no room for a bar: the numbers matter more
  const std::size_t width = std::min<std::size_t>(columns - text.size() - 2, 40);
  const auto filled = static_cast<std::size_t>(std::clamp(state.done, 0.0, 1.0) * static_cast<double>(width));
  std::string bar = std::string(filled, '=') + std::string(width - filled, ' ');
  if (filled < width) bar[filled] = '>';
  return "[" + bar + "]" + text;
}

Progress::Progress() : terminal_(can_draw()), next_(terminal_ ? 0 : line_interval) {}

Progress::~Progress() { erase_bar(); }

void Progress::show(const ProgressState& state, double seconds) {
  next_ = seconds + (terminal_ ? bar_interval : line_interval);
  if (!terminal_) return write_message(progress_line(state));
  // One column stays free: a full line makes some terminals wrap.
  write_raw("\r\x1b[K" + progress_bar(state, terminal_columns() - 1));
  drawn_ = true;
}

void Progress::say(std::string_view text) {
  erase_bar();
  write_message(text);
}

void Progress::erase_bar() {
  if (drawn_) write_raw("\r\x1b[K");
  drawn_ = false;
}

}  // namespace character_model
