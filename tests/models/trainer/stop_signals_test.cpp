#include "support/catch.hpp"
#include <unroll/models/trainer/stop_signals.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

using unroll::StopSignals;

namespace {
/// How a child that runs `work` ends.
template <class Work>
int status_of_child(const Work& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}
}  // namespace

TEST_CASE("the first signal is noted") {
  const int number = GENERATE(SIGINT, SIGTERM);
  const StopSignals signals;
  CHECK(signals.received() == 0);
  std::raise(number);
  CHECK(signals.received() == number);
}

TEST_CASE("a second signal kills, also one of the other kind") {
  const int status = status_of_child([] {
    const StopSignals signals;
    std::raise(SIGINT);
    std::raise(SIGTERM);
  });
  REQUIRE(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGTERM);
}

TEST_CASE("a signal that was ignored stays ignored") {
  const int status = status_of_child([] {
    std::signal(SIGINT, SIG_IGN);
    const StopSignals signals;
    std::raise(SIGINT);
    std::raise(SIGINT);
    ::_exit(signals.received() == 0 ? 7 : 8);
  });
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 7);
}

TEST_CASE("each signal gets its old handler back") {
  const auto mine = [](int) {};
  CHECK(status_of_child([&] {
          std::signal(SIGTERM, mine), std::signal(SIGHUP, SIG_IGN);
          { const StopSignals signals; }
          struct sigaction terminates {
          }, hangs_up{};
          ::sigaction(SIGTERM, nullptr, &terminates), ::sigaction(SIGHUP, nullptr, &hangs_up);
          ::_exit(terminates.sa_handler == static_cast<void (*)(int)>(mine) && hangs_up.sa_handler == SIG_IGN ? 0 : 1);
        })
        == 0);
}

TEST_CASE("a signal that is ignored stays so after another one") {
  CHECK(status_of_child([] {
          std::signal(SIGHUP, SIG_IGN);
          const StopSignals signals;
          std::raise(SIGTERM), std::raise(SIGHUP);
          ::_exit(signals.received() == SIGTERM ? 0 : 1);
        })
        == 0);
}

TEST_CASE("signals that end a training have names") {
  CHECK(unroll::signal_name(SIGINT) == "SIGINT");
  CHECK(unroll::signal_name(SIGTERM) == "SIGTERM");
  CHECK(unroll::signal_name(SIGHUP) == "SIGHUP");
}
