#include <unroll/models/trainer/shared_clock.hpp>

#include <algorithm>
#include <span>

namespace unroll::inline v0::detail {

SharedClock::SharedClock(const Communicator& communicator, bool stops_on_signals)
    : communicator_(communicator), seen_by_all_(communicator.processes()) {
  if (stops_on_signals) signals_.emplace();
}

void SharedClock::begin() {
  begin_ = Clock::now();
  look();
}

void SharedClock::look() {
  seen_by_all_[communicator_.process()] = {seconds_here(), signals_ ? signals_->received() : 0};
  communicator_.gather(std::span(seen_by_all_));
  seconds_ = seen_by_all_.front().seconds;
  const auto received = std::ranges::find_if(seen_by_all_, [](const Seen& seen) { return seen.signal != 0; });
  signal_ = received == seen_by_all_.end() ? 0 : received->signal;
}

double SharedClock::seconds_here() const {
  return seconds_before + std::chrono::duration<double>(Clock::now() - begin_).count();
}

void SharedClock::settle() {
  seconds_before = seconds_here();
  begin_ = Clock::now();
}

}  // namespace unroll::inline v0::detail
