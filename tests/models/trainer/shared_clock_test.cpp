#include "support/catch.hpp"
#include "support/thread_processes.hpp"
#include <unroll/models/trainer/shared_clock.hpp>

#include <csignal>
#include <thread>

using namespace unroll;
using namespace unroll::testing;
using detail::SharedClock;

TEST_CASE("a clock goes on from before, and shows what it was at the last look", "[trainer]") {
  const Communicator alone;
  SharedClock clock(alone, false);
  clock.seconds_before = 100;
  clock.begin();
  const double begin = clock.seconds();
  CHECK(begin >= 100);
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  CHECK(clock.seconds() == begin);
  CHECK(clock.seconds_here() >= begin + 0.005);
  clock.look();
  CHECK(clock.seconds() >= begin + 0.005);
  clock.settle();
  CHECK(clock.seconds_before >= 100.005);
  CHECK(clock.seconds_here() >= clock.seconds_before);
}

TEST_CASE("a signal is seen at the next look, and only when asked for", "[trainer]") {
  const Communicator alone;
  SharedClock clock(alone, true);
  clock.begin();
  std::raise(SIGTERM);
  CHECK(clock.signal() == 0);
  clock.look();
  CHECK(clock.signal() == SIGTERM);
}

TEST_CASE("all processes have the time of the first", "[trainer]") {
  std::vector<double> seconds(3);
  ThreadProcesses(3).run([&](const Communicator& own) {
    SharedClock clock(own, false);
    clock.seconds_before = 10 * static_cast<double>(own.process() + 1);
    clock.begin();
    seconds[own.process()] = clock.seconds();
  });
  CHECK(seconds[0] >= 10);
  CHECK(seconds[0] < 20);
  CHECK(seconds == std::vector<double>(3, seconds[0]));
}
