#include "support/messages.hpp"
#include "support/modifiers.hpp"
#include <unroll/models/sequences/run.hpp>

using namespace unroll;
using namespace unroll_test;
using Catch::Matchers::Contains;

TEST_CASE("a clipped state stays within its limit, and is the inner cell's within it", "[state-clipped]") {
  const RnnCell<double, activation::Identity> bare({.inputs = 3, .hidden = 30}, Random(1));
  const StateClipped<RnnCell<double, activation::Identity>> cell(bare, 0.5);
  const auto found = run_cell(cell, 1, 3)[1], free = run_cell(bare, 1, 3)[1];
  std::size_t clipped = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    CHECK(found[i] == std::clamp(free[i], -0.5, 0.5));
    clipped += found[i] != free[i];
  }
  CHECK(clipped > 0);
  CHECK(clipped < found.size());
}

TEST_CASE("what is outside the limit gets no gradient", "[state-clipped]") {
  const StateClipped<RnnCell<double, activation::Identity>> cell({.inputs = 3, .hidden = 1}, Random(1), 0.01);
  Tape<double> tape;
  const auto x = tape.input(Tensor<double>({1, 1, 3}, 100.0));
  tape.backward(reshape(unroll::run(cell, x).outputs, {}));
  for (const double slope : x.gradient()) CHECK(slope == 0);
}

TEST_CASE("a limit must be positive", "[state-clipped]") {
  const double limit = GENERATE(0.0, -1.0, 1e-60, std::nan(""));
  const LstmCell<double> bare({.inputs = 3, .hidden = 2}, Random(1));
  CHECK_THAT(message_of<ArgumentError>([&] { run_cell(StateClipped(bare, limit), 2, 3); }),
             Contains("StateClipped: limit") && Contains("expected at least 1e-30"));
}
