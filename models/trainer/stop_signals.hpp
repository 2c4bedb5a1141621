#pragma once

/// Stopping on signals: SIGINT (Ctrl-C), SIGTERM, and SIGHUP (a terminal closed).
namespace unroll::inline v0 {

/// While an object lives, it notes the first signal, so that the program can end its work in order. A second one kills
/// at once. A signal that was ignored before stays ignored. Only one object may live at a time.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// The signal received, or 0.
  int received() const;
};

}  // namespace unroll::inline v0
