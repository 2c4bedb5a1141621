#include "support/catch.hpp"
#include "support/child.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/threads/team.hpp>

#include <chrono>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace unroll;

TEST_CASE("every member works once in every run, each on its own thread, the caller's first") {
  for (const std::size_t threads : {1u, 2u, 5u}) {
    Team team(threads);
    CHECK(team.size() == threads);
    std::vector<std::size_t> calls(threads);  // plain numbers: run itself must keep threads apart
    std::vector<std::thread::id> ids(threads);
    for (std::size_t run = 0; run < 200; ++run)
      team.run([&](std::size_t member) {
        ++calls[member];
        ids[member] = std::this_thread::get_id();
      });
    CHECK(calls == std::vector<std::size_t>(threads, 200));
    CHECK(ids[0] == std::this_thread::get_id());
    for (std::size_t a = 0; a < threads; ++a)
      for (std::size_t b = 0; b < a; ++b) CHECK(ids[a] != ids[b]);
  }
}

TEST_CASE("what one run writes, another member reads in the next") {
  Team team(3);
  std::vector<int> numbers(3), neighbors(3);
  for (int round = 1; round <= 100; ++round) {
    team.run([&](std::size_t member) { numbers[member] = round; });
    team.run([&](std::size_t member) { neighbors[member] = numbers[(member + 1) % 3]; });
    CHECK(neighbors == std::vector<int>(3, round));
  }
}

TEST_CASE("members are found awake when runs follow each other, and wake up when they do not") {
  for (const std::size_t threads : {2u, 3u, 40u}) {  // with a core each or without
    Team team(threads);
    std::vector<int> calls(threads);
    for (int run = 0; run < 12; ++run) {
      if (run % 4 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
      team.run([&](std::size_t member) {
        if (run % 3 == 0 && member == 1) std::this_thread::sleep_for(std::chrono::milliseconds(2));
        ++calls[member];
      });
    }
    CHECK(calls == std::vector<int>(threads, 12));
  }
}

TEST_CASE("a team that never works, and work that is const, are fine") {
  Team idle(4);
  Team team(2);
  std::vector<int> seen(2);
  const auto work = [&](std::size_t member) { seen[member] = 1; };
  team.run(work);
  CHECK(seen == std::vector<int>{1, 1});
}

TEST_CASE("the exception of the lowest member arrives at the caller when all are done, and the next run is clean") {
  Team team(4);
  std::vector<int> done(4);
  const auto fail_from_2 = [&](std::size_t member) {
    if (member >= 2) throw std::runtime_error("member " + std::to_string(member));
    done[member] = 1;
  };
  CHECK_THROWS_WITH(team.run(fail_from_2), "member 2");
  CHECK(done == std::vector<int>{1, 1, 0, 0});
  CHECK_THROWS_WITH(team.run([](std::size_t) { throw std::runtime_error("all"); }), "all");
  CHECK_NOTHROW(team.run([&](std::size_t member) { done[member] = 2; }));
  CHECK(done == std::vector<int>(4, 2));
}

TEST_CASE("a run within a run is refused instead of waiting for ever") {
  Team team(2);
  const auto nested = [&](std::size_t member) {
    if (member == 0) team.run([](std::size_t) {});
  };
  CHECK_THROWS_AS(team.run(nested), Error);
  CHECK_THROWS_WITH(team.run(nested),
                    "team: run was called while another run goes on, expected one at a time (is it called by its own "
                    "work?)");
  CHECK_NOTHROW(team.run([](std::size_t) {}));
}

#if defined(__SSE2__) || defined(__aarch64__)
TEST_CASE("every member flushes denormals, and the caller's mode returns") {
  Team team(3);
  std::vector<float> halves(3, 1);
  volatile float smallest = std::numeric_limits<float>::min();
  team.run([&](std::size_t member) { halves[member] = smallest * 0.5f; });
  CHECK(halves == std::vector<float>(3, 0));
  CHECK(smallest * 0.5f > 0);
}
#endif

TEST_CASE("a team has 1 to 1024 threads") {
  CHECK_THROWS_AS(Team(0), ArgumentError);
  CHECK_THROWS_WITH(Team(0), "team: 0 threads asked for, expected 1 to 1024");
  CHECK_THROWS_WITH(Team(1025), "team: 1025 threads asked for, expected 1 to 1024");
  CHECK_THROWS_AS(Team(static_cast<std::size_t>(-1)), ArgumentError);
}

TEST_CASE("in a forked child a team says that its threads are gone, and goes without waiting for them") {
  auto team = std::make_unique<Team>(3);
  int runs = 0;
  team->run([&](std::size_t member) {
    if (member == 0) ++runs;
  });
  const int status = status_of_child([&] {
    try {
      team->run([](std::size_t) {});
    } catch (const Error& error) {
      team.reset();  // must not hang
      return std::string(error.what()).find("did not survive fork()") == std::string::npos ? 2 : 0;
    }
    return 1;
  });
  CHECK(status == 0);
  team->run([&](std::size_t member) {
    if (member == 0) ++runs;
  });
  CHECK(runs == 2);
}

TEST_CASE("a team of one works in a forked child") {
  Team team(1);
  CHECK(status_of_child([&] {
          int runs = 0;
          team.run([&](std::size_t) { ++runs; });
          return runs;
        })
        == 1);
}

TEST_CASE("as many threads are started as are wanted, or as the machine runs, but never more than there is work") {
  CHECK(thread_count(8, 3) == 3);
  CHECK(thread_count(2, 32) == 2);
  CHECK(thread_count(0, 1) == 1);
  CHECK(thread_count(5, 0) == 1);
  const std::size_t all = thread_count(0, std::size_t(-1));
  CHECK(all >= 1);
  CHECK(all <= Team::most_threads);
  CHECK(thread_count(std::size_t(-1), std::size_t(-1)) == Team::most_threads);
}
