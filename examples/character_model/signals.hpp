#pragma once

/// Stopping when asked to: SIGINT (Ctrl-C), SIGTERM, and SIGHUP (a terminal closed).
namespace character_model {

/// While it lives, the first of them is only noted, for the program to end its work in order. A second one
/// kills at once. A signal that was ignored before stays ignored. One at a time.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// The signal that came, or 0.
  int received() const;
};

}  // namespace character_model
