#include <unroll/models/trainer/shared_clock.hpp>

#include <algorithm>
#include <span>

namespace unroll::inline v0::detail {

SharedClock::SharedClock(const Communicator& communicator, bool stops_on_signals)
    : communicator_(communicator), signals_of_all_(communicator.processes()) {
  if (stops_on_signals) signals_.emplace();
}

void SharedClock::begin() {
  begin_ = Clock::now();
  look();
}

void SharedClock::look() {
  seconds_ = communicator_.of_first(seconds_here());
  signals_of_all_[communicator_.process()] = signals_ ? signals_->received() : 0;
  communicator_.gather(std::span(signals_of_all_));
  const auto received = std::ranges::find_if(signals_of_all_, [](int signal) { return signal != 0; });
  signal_ = received == signals_of_all_.end() ? 0 : *received;
}

double SharedClock::seconds_here() const {
  return seconds_before + std::chrono::duration<double>(Clock::now() - begin_).count();
}

void SharedClock::settle() {
  seconds_before = seconds_here();
  begin_ = Clock::now();
}

}  // namespace unroll::inline v0::detail
