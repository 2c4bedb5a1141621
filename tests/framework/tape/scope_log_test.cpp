#include "support/catch.hpp"
#include "support/ops.hpp"
#include <unroll/framework/tape/scope.hpp>
#include <unroll/models.hpp>

using namespace unroll;
using Catch::Contains;

TEST_CASE("a node is in the scopes and the step that were open when it was recorded", "[scope_log]") {
  Tape tape;
  const auto before = tape.zeros({2});
  const auto location = [&](Variable<> node) { return to_string(tape.location_of(node)); };
  Variable<> projected, first, second, between, after;
  const CallSite here = CallSite::current();
  {
    const Scope decoder(tape, "decoder");
    between = tape.zeros({2});
    const Scope layer(tape, "layer", 1);
    const Scope line(tape, here);
    const auto sequence = Scope<float>::sequence(tape, &before, "backward");
    projected = tape.zeros({2});
    tape.begin_step(16);
    first = tape.zeros({2});
    tape.begin_step(17);
    tape.begin_step(17);  // a cell within a cell says so too
    second = tape.zeros({2});
  }
  after = tape.zeros({2});
  const std::string unrolled = ", unrolled at scope_log_test.cpp:" + std::to_string(here.line());
  CHECK(location(before).empty());
  CHECK_THAT(location(between), Contains("decoder, unrolled at scope_log_test.cpp:"));
  CHECK(location(projected) == "decoder, layer 1, backward" + unrolled);
  CHECK(location(first) == "decoder, layer 1, backward, step 16" + unrolled);
  CHECK(location(second) == "decoder, layer 1, backward, step 17" + unrolled);
  CHECK(location(after).empty());
  CHECK(tape.location_of(second).layer == 1u);
  CHECK(tape.location_of(second).step == 17u);
  CHECK_FALSE(tape.location_of(projected).step.has_value());
  CHECK(tape.scope_log().most_steps() == 2);
}

TEST_CASE("a step begins with its input, when that has just been recorded", "[scope_log]") {
  Tape tape;
  const auto older = tape.zeros({1}), input = tape.zeros({1});
  tape.begin_step(5, input);
  const auto own = tape.zeros({1});
  tape.begin_step(6, older);
  const auto next = tape.zeros({1});
  tape.end_step();
  const auto after = tape.zeros({1});
  CHECK_FALSE(tape.location_of(older).step.has_value());
  CHECK(tape.location_of(input).step == 5u);
  CHECK(tape.location_of(own).step == 5u);
  CHECK(tape.location_of(next).step == 6u);
  CHECK_FALSE(tape.location_of(after).step.has_value());
  // Unless a scope has begun since.
  const Scope scope(tape, "later");
  tape.begin_step(7, after);
  CHECK_FALSE(tape.location_of(after).step.has_value());
  CHECK(tape.location_of(tape.zeros({1})).step == 7u);
}

TEST_CASE("a scope within a step gives the step back", "[scope_log]") {
  Tape tape;
  const int cell = 0, inner = 0;
  const auto sequence = Scope<float>::sequence(tape, &cell);
  tape.begin_step(3);
  {
    const auto nested = Scope<float>::sequence(tape, &inner);
    tape.begin_step(0);
    CHECK(tape.location_of(tape.zeros({1})).step == 0u);
  }
  CHECK(tape.location_of(tape.zeros({1})).step == 3u);
}

TEST_CASE("the steps of a cell are counted over all its sequences, those of another apart", "[scope_log]") {
  Tape tape;
  const int cell = 0, other = 0;
  const auto run = [&](const int* owner, std::size_t steps) {
    const auto sequence = Scope<float>::sequence(tape, owner);
    for (std::size_t t = 0; t < steps; ++t) tape.begin_step(t);
  };
  run(&cell, 5), run(&other, 3), run(&cell, 1), run(&cell, 1);
  CHECK(tape.scope_log().most_steps() == 7);
  tape.clear();
  CHECK(tape.scope_log().most_steps() == 0);
  run(&other, 2);
  CHECK(tape.scope_log().most_steps() == 2);
}

TEST_CASE("a scope that outlives a clear, and one whose nodes are rewound, leave no trace", "[scope_log]") {
  Tape cleared;
  {
    const Scope scope(cleared, "lost");
    cleared.clear();
    CHECK(cleared.location_of(cleared.zeros({1})).scope.empty());
  }
  CHECK(cleared.location_of(cleared.zeros({1})).scope.empty());

  Tape values(Recording::values);
  const auto kept = values.zeros({1});
  const auto mark = values.mark();
  const std::size_t room = values.scope_log().capacity();
  for (std::size_t t = 0; t < 1000; ++t) {
    values.begin_step(t);
    static_cast<void>(values.zeros({1}));
    values.rewind(mark);
  }
  CHECK_FALSE(values.location_of(kept).step.has_value());
  CHECK(values.scope_log().capacity() < room + 200);  // nothing is kept of a thousand steps
}

TEST_CASE("what is recorded after a rewind is in the scope that is still open", "[scope_log]") {
  Tape values(Recording::values);
  static_cast<void>(values.zeros({1}));
  const auto mark = values.mark();
  const Scope scope(values, "open");
  static_cast<void>(values.zeros({1}));
  values.rewind(mark);
  CHECK(values.location_of(values.zeros({1})).scope == "open");
}

TEST_CASE("sequences that are unrolled and rewound for ever take no memory", "[scope_log]") {
  const LstmCell<float> cell({.inputs = 1, .hidden = 2}, Random(1));
  Tape<float> tape(Recording::values);
  const auto x = tape.zeros({1, 1, 1});
  const auto mark = tape.mark();
  std::size_t capacity = 0;
  for (int i = 0; i < 5000; ++i) {
    unroll::run(cell, x);
    tape.rewind(mark);
    if (i == 10) capacity = tape.capacity();
  }
  CHECK(tape.capacity() == capacity);
}
