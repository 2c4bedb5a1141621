#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace unroll::inline v0 {

/// Where a StatusLine writes, and what a line that stays begins with.
struct StatusLineOptions {
  int descriptor = 2;       ///< A file descriptor; 2 is standard error.
  std::string prefix = {};  ///< Before each line that stays, such as "my_program: ".
};

/// Shows the state of long work. A terminal that can move its cursor gets one line, redrawn five times a second;
/// anything else (a file, a pipe, TERM=dumb) gets a new line every ten seconds. It uses no color, so that NO_COLOR has
/// nothing to switch off. A descriptor that cannot be written is no error: there is nowhere to report it.
class StatusLine {
 public:
  /// A line that has not been shown. It reads TERM.
  explicit StatusLine(StatusLineOptions options = {});
  /// Removes the line.
  ~StatusLine();
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;

  /// Whether it is time to show something, so many seconds after the work began; the caller makes the text only then.
  bool due(double seconds) const { return seconds >= next_; }
  /// The width of the redrawn line, by COLUMNS or the terminal; none when the descriptor is no such terminal.
  std::optional<std::size_t> columns() const;
  /// Shows one line of ASCII, cut to the width. From the second line on it touches the heap no more.
  void show(std::string_view text, double seconds);
  /// A line that stays.
  void say(std::string_view text);
  /// Removes the line that `show` has drawn, until it is shown again.
  void clear();

 private:
  void write(std::string_view before, std::string_view text, std::string_view after);

  StatusLineOptions options_;
  bool terminal_, drawn_ = false;
  double next_;
  std::string out_;  // kept for its memory
};

}  // namespace unroll::inline v0
