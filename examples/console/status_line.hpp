#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace console {

/// The state of long work on standard error: one line that is redrawn five times a second when that is a terminal that
/// can move its cursor; anything else gets a line of its own every ten seconds.
class StatusLine {
 public:
  StatusLine();
  /// Takes the line away.
  ~StatusLine();
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;

  /// Whether something would be printed at this time; costs nothing otherwise.
  bool due(double seconds) const { return seconds >= next_; }
  /// The width of the line that is redrawn, if there is one.
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
