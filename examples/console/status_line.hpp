#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace console {

/// Shows the state of long work on standard error. A terminal that can move its cursor gets one line, redrawn five
/// times a second; anything else gets a new line every ten seconds.
class StatusLine {
 public:
  StatusLine();
  /// Removes the line.
  ~StatusLine();
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;

  /// Whether it is time to show something; the caller makes the text only then.
  bool due(double seconds) const { return seconds >= next_; }
  /// The width of the redrawn line; none when standard error is no such terminal.
  std::optional<std::size_t> columns() const;
  /// Shows one line of ASCII, cut to the width.
  void show(std::string_view text, double seconds);
  /// A line that stays.
  void say(std::string_view text);

 private:
  void erase();

  bool terminal_;
  bool drawn_ = false;
  double next_;
};

}  // namespace console
