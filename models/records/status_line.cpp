#include <unroll/models/records/status_line.hpp>

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <utility>

namespace unroll::inline v0 {

namespace {

constexpr double redraw_interval = 0.2, line_interval = 10;  // seconds
constexpr std::string_view erasure = "\r\x1b[K";

bool can_redraw(int descriptor) {
  const char* const terminal = std::getenv("TERM");
  return ::isatty(descriptor) == 1 && terminal != nullptr && *terminal != '\0' && std::string_view(terminal) != "dumb";
}

/// What COLUMNS says, which a user sets where the terminal is wrong; 0 if it says nothing.
std::size_t columns_wanted() {
  const char* const text = std::getenv("COLUMNS");
  if (text == nullptr) return 0;
  const std::string_view digits(text);
  std::size_t columns = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), columns);
  return error == std::errc() && end == digits.data() + digits.size() ? columns : 0;
}

}  // namespace

StatusLine::StatusLine(StatusLineOptions options)
    : options_(std::move(options)), terminal_(can_redraw(options_.descriptor)), next_(terminal_ ? 0 : line_interval) {
  out_.reserve(512);
}

StatusLine::~StatusLine() { clear(); }

std::optional<std::size_t> StatusLine::columns() const {
  if (!terminal_) return std::nullopt;
  winsize size{};
  std::size_t width = columns_wanted();
  if (width == 0 && ::ioctl(options_.descriptor, TIOCGWINSZ, &size) == 0) width = size.ws_col;
  return (width > 0 ? width : 80) - 1;  // a full line makes some terminals wrap
}

void StatusLine::show(std::string_view text, double seconds) {
  next_ = seconds + (terminal_ ? redraw_interval : line_interval);
  const auto width = columns();
  if (!width) return write(options_.prefix, text, "\n");
  write(erasure, text.substr(0, *width), "");
  drawn_ = true;
}

void StatusLine::say(std::string_view text) {
  clear();
  write(options_.prefix, text, "\n");
}

void StatusLine::clear() {
  if (drawn_) write(erasure, "", "");
  drawn_ = false;
}

/// Writes all in one call, so that the lines of several processes do not mix.
void StatusLine::write(std::string_view before, std::string_view text, std::string_view after) {
  out_.clear();
  for (const std::string_view part : {before, text, after}) out_ += part;
  for (std::string_view left = out_; !left.empty();) {
    const ssize_t count = ::write(options_.descriptor, left.data(), left.size());
    if (count < 0 && errno != EINTR) return;
    if (count > 0) left.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace unroll::inline v0
