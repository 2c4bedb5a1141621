#include "support/catch.hpp"

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>

using Catch::Contains;

namespace {

struct Ended {
  int code;
  std::string output;  // and errors
};

Ended run_online_learning(const std::string& arguments) {
  std::FILE* const pipe = ::popen((std::string("'" ONLINE_LEARNING_PROGRAM "' ") + arguments + " 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string output;
  std::array<char, 4096> piece{};
  while (const std::size_t count = std::fread(piece.data(), 1, piece.size(), pipe)) output.append(piece.data(), count);
  const int status = ::pclose(pipe);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, output};
}

}  // namespace

TEST_CASE("online learning keeps its promises on a short stream") {
  const Ended ended = run_online_learning("--steps 8000 --hidden 8 --gap 3");
  INFO(ended.output);
  CHECK(ended.code == 0);
  CHECK_THAT(ended.output, Contains("now the other answer is right"));
  CHECK_THAT(ended.output, Contains("RTRL learns, SnAp-1 learns, one step does not, memory stays"));
}

TEST_CASE("online learning says with code 4 that a stream was too short to learn from") {
  const Ended ended = run_online_learning("--steps 100 --cell lstm");
  CHECK(ended.code == 4);
  CHECK_THAT(ended.output, Contains("RTRL DOES NOT LEARN"));
}

TEST_CASE("online learning refuses wrong usage with code 2") {
  const Ended number = run_online_learning("--steps -5");
  CHECK(number.code == 2);
  CHECK_THAT(number.output, Contains("--steps: '-5' given, expected a whole number from 10 to"));
  CHECK(run_online_learning("--cell elman").code == 2);
  CHECK(run_online_learning("--stepz 5").code == 2);
  CHECK(run_online_learning("--help").code == 0);
}
