#include <unroll/models/trainer/stop_signals.hpp>

#include <array>
#include <csignal>
#include <cstddef>

namespace unroll::inline v0 {

namespace {

constexpr std::array numbers{SIGINT, SIGTERM, SIGHUP};

// A signal handler can only reach a global, and may do little more than set it.
volatile std::sig_atomic_t noted_signal = 0;
volatile std::sig_atomic_t is_caught[numbers.size()] = {};  // one that was ignored is not

extern "C" void note_signal(int number) {
  noted_signal = number;
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (is_caught[i] != 0) std::signal(numbers[i], SIG_DFL);
}

}  // namespace

std::string_view signal_name(int number) {
  return number == SIGINT ? "SIGINT" : number == SIGHUP ? "SIGHUP" : "SIGTERM";
}

StopSignals::StopSignals() {
  noted_signal = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    ::sigaction(numbers[i], nullptr, &before_[i]);
    is_caught[i] = before_[i].sa_handler != SIG_IGN;
    if (is_caught[i] == 0) continue;
    struct sigaction action {};
    action.sa_handler = note_signal;
    action.sa_flags = SA_RESTART;
    ::sigaction(numbers[i], &action, nullptr);
  }
}

StopSignals::~StopSignals() {
  for (std::size_t i = 0; i < numbers.size(); ++i) ::sigaction(numbers[i], &before_[i], nullptr);
}

int StopSignals::received() const { return noted_signal; }

}  // namespace unroll::inline v0
