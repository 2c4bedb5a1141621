#include "console/status_line.hpp"

#include "console/output.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace console {

namespace {

constexpr double redraw_interval = 0.2, line_interval = 10;  // seconds

bool can_redraw() {
  const char* const terminal = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && terminal != nullptr && std::string_view(terminal) != "dumb";
}

void write_raw(const std::string& text) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

StatusLine::StatusLine() : terminal_(can_redraw()), next_(terminal_ ? 0 : line_interval) {}

StatusLine::~StatusLine() { erase(); }

std::optional<std::size_t> StatusLine::columns() const {
  if (!terminal_) return std::nullopt;
  winsize size{};
  const std::size_t width = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
  return width - 1;  // a full line makes some terminals wrap
}

void StatusLine::show(std::string_view text, double seconds) {
  next_ = seconds + (terminal_ ? redraw_interval : line_interval);
  const auto width = columns();
  if (!width) return write_message(text);
  write_raw("\r\x1b[K" + std::string(text.substr(0, *width)));
  drawn_ = true;
}

void StatusLine::say(std::string_view text) {
  erase();
  write_message(text);
}

void StatusLine::erase() {
  if (drawn_) write_raw("\r\x1b[K");
  drawn_ = false;
}

}  // namespace console
