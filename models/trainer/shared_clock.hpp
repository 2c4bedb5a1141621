#pragma once

#include <unroll/framework/processes/communicator.hpp>
#include <unroll/models/trainer/stop_signals.hpp>

#include <chrono>
#include <optional>
#include <vector>

namespace unroll::inline v0::detail {

/// The time and the signals that all processes of a training go by, so that they come to the same decisions: the time
/// of the first process, and a signal that any of them has received, as of the last look. For the trainer.
class SharedClock {
 public:
  /// Catches signals if asked to, as long as it lives.
  SharedClock(const Communicator& communicator, bool stops_on_signals);

  void begin();                                ///< Time goes on from `seconds_before`.
  void look();                                 ///< All processes look together.
  double seconds() const { return seconds_; }  ///< As of the last look.
  int signal() const { return signal_; }       ///< The signal as of the last look, or 0.
  double seconds_here() const;                 ///< The time of this process, now.
  void settle();                               ///< Counts the time so far as `seconds_before`, for a checkpoint.

  double seconds_before = 0;  ///< Of the training before it was resumed.

 private:
  using Clock = std::chrono::steady_clock;

  const Communicator& communicator_;
  std::optional<StopSignals> signals_;
  /// What a process sees when it looks.
  struct Seen {
    double seconds;
    int signal;
  };
  std::vector<Seen> seen_by_all_;
  Clock::time_point begin_ = Clock::now();
  double seconds_ = 0;
  int signal_ = 0;
};

}  // namespace unroll::inline v0::detail
