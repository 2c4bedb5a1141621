#pragma once

#include "console/status_line.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace character_model {

/// Where training is.
struct ProgressState {
  double done = 0;  // fraction of the budget, 0 to 1
  double epoch = 0;
  double loss = 0;  // nats per character, recent mean
  double characters_per_second = 0;
  double seconds_left = 0;
};

/// "[=====>    ]  42 %  loss 1.523  2.197 bits/char  23.4 k chars/s  1:23 left  epoch 0.84", as wide as `columns`.
std::string progress_bar(const ProgressState& state, std::size_t columns);
/// The same in one plain line: "42 %  epoch 0.84  loss 1.523  ...".
std::string progress_line(const ProgressState& state);
/// "0:59", "12:34", "1:02:03".
std::string format_duration(double seconds);

/// Shows the progress of training on standard error: a bar on a terminal, else a line now and then.
class Progress {
 public:
  /// Whether it is time to show something; the caller makes the state only then.
  bool due(double seconds) const { return status_.due(seconds); }
  void show(const ProgressState& state, double seconds);
  /// A line that stays.
  void say(std::string_view text) { status_.say(text); }

 private:
  console::StatusLine status_;
};

}  // namespace character_model
