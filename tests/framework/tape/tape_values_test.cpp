#include "support/ops.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/ops/arithmetic.hpp>
#include <unroll/ops/shaping.hpp>

#include <optional>

// Tapes that record values only: what they keep between recordings, and forget within one.
using namespace unroll;
using namespace unroll::testing;
using Catch::Matchers::Contains;

namespace {
using Numbers = std::vector<double>;
struct Count {
  int uses = 0;
};
}  // namespace

TEST_CASE("going back to a mark gives back nodes and memory, and what is recorded again is right", "[tape]") {
  Tape<double> tape(Recording::values);
  const auto x = tape.input(counting<double>({1000}));
  const auto mark = tape.mark();
  const std::size_t nodes = tape.size(), bytes = tape.bytes();
  std::size_t capacity = 0;
  for (int i = 0; i < 100; ++i) {
    const auto y = x + i, z = y * 2;
    CHECK(z.value()[999] == 2 * (999 + i));
    tape.rewind(mark);
    CHECK(tape.size() == nodes);
    CHECK(tape.bytes() == bytes);
    CHECK_THROWS_WITH(z.value(), Contains("stale"));
    CHECK_THROWS_AS(y + 1, TapeError);
    if (i == 0) capacity = tape.capacity();
  }
  CHECK(tape.capacity() == capacity);
  CHECK(x.value()[999] == 999);
}

TEST_CASE("marks are kept one within the other", "[tape]") {
  Tape<double> tape(Recording::values);
  const auto outer = tape.mark();
  const auto x = tape.input(Tensor<double>({2}, {1, 2}));
  const auto inner = tape.mark();
  CHECK(numbers_of(x * 3) == Numbers{3, 6});
  tape.rewind(inner);
  CHECK(numbers_of(x * 4) == Numbers{4, 8});
  tape.rewind(outer);
  CHECK(tape.size() == 0);
  CHECK_THROWS_WITH(tape.rewind(inner), Contains("rewind: the mark is of nodes that have been forgotten"));
  CHECK_NOTHROW(tape.rewind(outer));
}

TEST_CASE("a tape that records gradients does not go back", "[tape][error]") {
  Tape<double> tape;
  const auto mark = tape.mark();
  CHECK_THROWS_WITH(tape.rewind(mark), Contains("rewind: the tape records gradients"));
}

TEST_CASE("parameters serve before and after a mark, and change between two recordings only", "[tape][error]") {
  Parameter<double> before(Tensor<double>({1}, 2.0)), after(Tensor<double>({1}, 3.0));
  Tape<double> tape(Recording::values);
  const auto leaf = tape.use(before);
  const auto mark = tape.mark();
  for (int i = 0; i < 3; ++i) {
    CHECK((leaf * after).item() == 2.0 * (3 + i));
    CHECK((tape.use(after) * before).item() == 2.0 * (3 + i));
    CHECK(tape.use(before).is(leaf));
    CHECK(tape.uses(after));
    tape.rewind(mark);
    CHECK_FALSE(tape.uses(after));
    CHECK(tape.uses(before));
    after.mutable_value()[0] += 1;  // nothing recorded depends on it
  }
  before.mutable_value()[0] = 7;
  CHECK_THROWS_WITH(tape.use(before), Contains("has changed since this tape first used it"));
  CHECK_THROWS_WITH(tape.version_of(leaf), Contains("has changed since this tape first used it"));
  tape.clear();
  CHECK((tape.use(before) * after).item() == 7 * 6);
}

TEST_CASE("what is made of an older node after a mark outlives going back", "[tape]") {
  Tape<double> tape(Recording::values);
  const auto x = tape.input(counting<double>({2, 4}));
  const auto part = slice(x, -1, 1, 2);
  int count = 0;
  const auto lazy = tape.record_lazily("lazy", {3}, {x}, [c = &count](double* to) { std::fill_n(to, 3, ++*c); });
  const auto mark = tape.mark();
  for (int i = 0; i < 3; ++i) {
    CHECK(numbers_of(part) == Numbers{1, 2, 5, 6});
    CHECK(numbers_of(lazy) == Numbers{1, 1, 1});
    CHECK(tape.note<Count>(part).uses++ == i);
    tape.rewind(mark);
    tape.input(Tensor<double>({1000}, -1.0));  // over what was given back
    tape.rewind(mark);
  }
}

TEST_CASE("a note of a parameter stays from recording to recording until it changes, if no gradients are recorded",
          "[tape]") {
  const auto recording = GENERATE(Recording::gradients, Recording::values);
  std::optional<Parameter<double>> parameter(Tensor<double>({1}, 1.0));
  Tape<double> tape(recording);
  const auto uses = [&](bool going_back = false) {
    const auto mark = tape.mark();
    const int found = tape.note<Count>(tape.use(*parameter)).uses++;
    if (going_back) tape.rewind(mark);
    tape.clear();
    return found;
  };
  const int kept = recording == Recording::values ? 1 : 0;
  CHECK(uses() == 0);
  CHECK(uses() == 1 * kept);
  CHECK(uses(kept == 1) == 2 * kept);
  CHECK(uses() == 3 * kept);
  SECTION("by writing") { parameter->mutable_value()[0] = 1; }
  SECTION("by assignment") { *parameter = Parameter<double>(Tensor<double>({1}, 1.0)); }
  SECTION("by another in its place") { parameter.emplace(Tensor<double>({1}, 1.0)); }
  SECTION("by an update") {
    *parameter->value_memory() = 2;
    parameter->mark_changed();
  }
  CHECK(uses() == 0);
  uses();  // with the old one, all notes have been given back
  CHECK(uses() == 1 * kept);
}

TEST_CASE("what is kept beside parameters counts as memory of the tape, and does not grow with their changes",
          "[tape]") {
  Parameter<double> parameter(Tensor<double>({1}, 1.0)), other(Tensor<double>({1}, 1.0));
  Tape<double> tape(Recording::values);
  std::size_t capacity = 0;
  for (int change = 0; change < 1000; ++change) {
    tape.clear();
    tape.note<Count>(tape.use(other));
    auto& uses = tape.note<Count>(tape.use(parameter)).uses;
    if (uses++ == 0) tape.scratch_beside<double>(tape.use(parameter), 5000);
    CHECK(tape.bytes() >= 5000 * sizeof(double));
    CHECK(tape.capacity() >= tape.bytes());
    if (change == 2) capacity = tape.capacity();
    parameter.mutable_value()[0] = change;
  }
  CHECK(tape.capacity() == capacity);
  tape.clear();
  tape.clear();
}
