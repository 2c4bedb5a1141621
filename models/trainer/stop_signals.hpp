#pragma once

#include <array>
#include <csignal>
#include <string_view>

/// Stopping on signals: SIGINT (Ctrl-C), SIGTERM, and SIGHUP (a terminal closed).
namespace unroll::inline v0 {

/// "SIGINT", "SIGTERM" or "SIGHUP".
std::string_view signal_name(int number);

/// While an object lives, it notes the first signal, so that the program can end its work in order. A second one kills
/// at once. A signal that was ignored before stays ignored, and the end of the object gives each its old handler back.
/// Only one object may live at a time.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// The signal received, or 0.
  int received() const;

 private:
  std::array<struct sigaction, 3> before_{};  // what the destructor gives back
};

}  // namespace unroll::inline v0
