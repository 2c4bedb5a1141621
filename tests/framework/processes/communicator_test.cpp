#include "support/catch.hpp"
#include "support/thread_processes.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/processes/communicator.hpp>

#include <array>
#include <string>
#include <vector>

using namespace unroll;
using namespace unroll::testing;

TEST_CASE("a communicator by itself is one process, the first, whose values are its own") {
  const Communicator alone;
  CHECK(alone.process() == 0);
  CHECK(alone.processes() == 1);
  CHECK(alone.is_first());
  CHECK(alone.is_alone());
  CHECK(alone.of_first(std::string("text")) == "text");
  CHECK(alone.of_first(5) == 5);
  CHECK(alone.gather_text("own") == std::vector<std::string>{"own"});
  std::vector<float> numbers{1, 2};
  alone.sum_fast(std::span(numbers));
  CHECK(numbers == std::vector<float>{1, 2});
}

TEST_CASE("processes gather values, texts of any length, and what the first one says") {
  for (const std::size_t processes : {2u, 3u, 5u}) {
    std::vector<std::vector<int>> values(processes, std::vector<int>(processes));
    std::vector<std::vector<std::string>> texts(processes);
    std::vector<std::string> of_first(processes);
    std::vector<double> numbers(processes);
    ThreadProcesses(processes).run([&](const Communicator& communicator) {
      const std::size_t p = communicator.process();
      values[p][p] = static_cast<int>(10 * p);
      communicator.gather(std::span(values[p]));
      texts[p] = communicator.gather_text(std::string(p * 1000, 'x'));
      of_first[p] = communicator.of_first(std::string(p == 0 ? "what the first one says" : "else"));
      numbers[p] = communicator.of_first(0.5 + static_cast<double>(p));
    });
    for (std::size_t p = 0; p < processes; ++p) {
      INFO("process " << p << " of " << processes);
      CHECK(values[p] == values[0]);
      CHECK(values[p][processes - 1] == static_cast<int>(10 * (processes - 1)));
      CHECK(texts[p] == texts[0]);
      CHECK(texts[p][1] == std::string(1000, 'x'));
      CHECK(of_first[p] == "what the first one says");
      CHECK(numbers[p] == 0.5);
    }
  }
}

TEST_CASE("a communicator of no such process, or without a transport, is refused") {
  CHECK_THROWS_WITH(Communicator(2, 2, {}),
                    "communicator: process 2 of 2 given, expected one from 0 and less than their number");
  CHECK_THROWS_AS(Communicator(0, 0, {}), ArgumentError);
  CHECK_THROWS_WITH(Communicator(0, 2, {}), "communicator: 2 processes without an exchange given, expected one");
}

TEST_CASE("values are gathered one for each process, and only those whose bytes mean the same elsewhere") {
  const Communicator alone;
  std::vector<int> three(3);
  CHECK_THROWS_WITH(alone.gather(std::span(three)), "gather: 3 values given, expected one for each of 1 processes");
  struct Numbers {
    double loss;
    int items;
  };
  STATIC_REQUIRE(Sendable<Numbers>);
  STATIC_REQUIRE(Sendable<bool>);
  STATIC_REQUIRE_FALSE(Sendable<const char*>);
  STATIC_REQUIRE_FALSE(Sendable<std::string_view>);
  STATIC_REQUIRE_FALSE(Sendable<std::span<std::byte>>);
}

TEST_CASE("fast sums that a transport has not are refused") {
  const Communicator communicator(0, 2, {.exchange = [](auto, auto) {}});
  std::vector<double> numbers(2);
  CHECK_THROWS_WITH(communicator.sum_fast(std::span(numbers)), "communicator: this transport has no fast sums");
}
