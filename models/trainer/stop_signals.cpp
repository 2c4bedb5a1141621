#include <unroll/models/trainer/stop_signals.hpp>

#include <csignal>
#include <initializer_list>

namespace unroll::inline v0 {

namespace {

// A signal handler can only reach a global, and may do little more than set it.
volatile std::sig_atomic_t noted_signal = 0;

extern "C" void note_signal(int number) {
  noted_signal = number;
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  std::signal(SIGHUP, SIG_DFL);
}

void set_handler(int number, void (*handler)(int)) {
  struct sigaction now {};
  ::sigaction(number, nullptr, &now);
  if (now.sa_handler == SIG_IGN) return;
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  ::sigaction(number, &action, nullptr);
}

}  // namespace

StopSignals::StopSignals() {
  noted_signal = 0;
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) set_handler(number, note_signal);
}

StopSignals::~StopSignals() {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) set_handler(number, SIG_DFL);
}

int StopSignals::received() const { return noted_signal; }

}  // namespace unroll::inline v0
