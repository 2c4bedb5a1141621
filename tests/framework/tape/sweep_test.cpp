#include "support/ops.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/ops/activations.hpp>
#include <unroll/ops/arithmetic.hpp>
#include <unroll/ops/map.hpp>
#include <unroll/ops/rows.hpp>
#include <unroll/ops/shaping.hpp>

#include <algorithm>

// Whose gradients are there after a sweep, what ops may do on the way back, and whose memory serves again.
using namespace unroll;
using namespace unroll::testing;
using Catch::Matchers::Contains;

namespace {

using Numbers = std::vector<double>;

/// A node that reads nothing of x; its gradient is that of x.
Variable<double> stand_in(Variable<double> x) {
  const auto y = x.tape().record("stand-in", x.shape(), {x});
  std::fill_n(y.writable(), x.shape().size(), 0.0);
  y.on_backward([x, y] {
    for (std::size_t i = 0; i < x.shape().size(); ++i) x.mutable_gradient()[i] += y.upstream()[i];
  });
  return y;
}

Tensor<double> ones(const Shape& shape) { return Tensor<double>(shape, 1.0); }

}  // namespace

TEST_CASE("the gradient of a node in the middle is kept on request, and an error otherwise", "[tape][error]") {
  Tape<double> tape;
  const auto x = tape.input(Tensor<double>({2}, {1, 2}));
  const auto kept = scale(x, 3).keep_gradient(), passed_on = scale(kept, 5), last = scale(passed_on, 7);
  tape.backward({{last, Tensor<double>({2}, {1, 10})}});
  CHECK(gradient_numbers_of(kept) == Numbers{35, 350});
  CHECK(gradient_numbers_of(x) == Numbers{105, 1050});
  CHECK_THROWS_WITH(passed_on.gradient(), Contains("gradient: the tape has not kept that of 'scale'")
                                              && Contains("call keep_gradient() on it"));
  CHECK_THROWS_AS(last.gradient(), TapeError);
}

TEST_CASE("a node that is kept, but does not take part, has a gradient of zero", "[tape]") {
  Tape<double> tape;
  make_dirty(tape);
  const auto x = tape.input(ones({2})), idle = scale(x, 2).keep_gradient();
  tape.backward({{scale(x, 3), ones({2})}});
  CHECK(gradient_numbers_of(idle) == Numbers{0, 0});
}

TEST_CASE("to keep the gradient of a part keeps that of the whole, and of all its parts", "[tape][error]") {
  for (std::size_t kept = 0; kept <= 5; ++kept) {
    Tape<double> tape;
    make_dirty(tape);
    const auto whole = scale(tape.input(ones({2, 4})), 1);
    const auto flat = reshape(whole, {8}), columns = slice(whole, -1, 1, 2), column = slice(columns, -1, 1, 1),
               flat_columns = reshape(columns, {4});
    const std::array parts{whole, flat, columns, column, flat_columns};
    if (kept < parts.size()) parts.at(kept).keep_gradient();
    tape.backward({{scale(whole, 2), ones({2, 4})},
                   {scale(flat, 3), ones({8})},
                   {scale(columns, 10), ones({2, 2})},
                   {scale(column, 100), ones({2, 1})},
                   {scale(flat_columns, 1000), ones({4})}});
    CAPTURE(kept);
    if (kept == parts.size()) {
      for (const auto& part : parts)
        CHECK_THROWS_WITH(part.gradient(), Contains("gradient: the tape has not kept that of 'scale'"));
      continue;
    }
    CHECK(gradient_numbers_of(whole) == Numbers{5, 1015, 1115, 5, 5, 1015, 1115, 5});
    CHECK(gradient_numbers_of(flat) == gradient_numbers_of(whole));
    CHECK(gradient_numbers_of(columns) == Numbers{1015, 1115, 1015, 1115});
    CHECK(gradient_numbers_of(column) == Numbers{1115, 1115});
    CHECK(gradient_numbers_of(flat_columns) == gradient_numbers_of(columns));
  }
}

TEST_CASE("a chain needs memory for the gradients of a few of its nodes", "[tape]") {
  Tape<double> tape;
  const auto x = tape.input(ones({1000}));
  auto y = x;
  for (int i = 0; i < 200; ++i) y = i % 2 == 0 ? scale(y, -1) : tanh(y);
  const std::size_t recorded = tape.bytes();
  tape.backward({{y, ones({1000})}});
  CHECK(tape.bytes() - recorded < 4 * 1000 * sizeof(double));
}

TEST_CASE("what is put off runs when the sweep reaches the node, before its own rule", "[tape]") {
  Tape<double> tape;
  std::vector<std::string> log;
  const auto x = tape.input(ones({1}));
  const auto y = x.tape().record("logged", {1}, {x});
  y.on_backward([x, y, log = &log] {
    log->push_back("rule");
    x.mutable_gradient()[0] += 2 * y.upstream()[0];
  });
  y.complete_gradient_with([log = &log] { log->push_back("settled later"); });
  y.complete_gradient_with([y, log = &log] {
    log->push_back("settled");
    y.mutable_gradient()[0] += 100;
  });
  x.complete_gradient_with([x, log = &log] {
    log->push_back("settled at the leaf");
    x.mutable_gradient()[0] += 1000;
  });
  const auto z = scale(y, 1);
  y.writable()[0] = 1;
  SECTION("with a gradient from above") {
    tape.backward(z);
    CHECK(x.gradient()[0] == 2 * (1 + 100) + 1000);
  }
  SECTION("with none") {
    tape.backward(scale(x, 1));
    CHECK(x.gradient()[0] == 2 * 100 + 1000 + 1);
  }
  CHECK(log == std::vector<std::string>{"settled", "settled later", "rule", "settled at the leaf"});
}

TEST_CASE("several ops may put work off at one node, and all of it runs, the last first", "[tape]") {
  Tape<double> tape;
  const auto x = tape.input(ones({1})), y = scale(x, 1);
  const auto order = tape.scratch<int>(3);
  std::fill(order.begin(), order.end(), 0);
  x.complete_gradient_with([order] { order[1] = ++order[0]; });
  x.complete_gradient_with([order] { order[2] = ++order[0]; });
  tape.backward(y);
  CHECK(std::vector<int>(order.begin(), order.end()) == std::vector<int>{2, 2, 1});
}

TEST_CASE("a gradient that is held is there for what is put off, whatever is swept between", "[tape]") {
  Tape<double> tape;
  const auto x = tape.input(ones({100}));
  auto between = x;
  for (int i = 0; i < 5; ++i) between = scale(between, 2);
  const auto late = tape.record("late", {100}, {x});
  std::fill_n(late.writable(), 100, 0.0);
  late.on_backward([x, late] {
    late.hold_gradient();
    x.complete_gradient_with([x, late] {
      for (std::size_t i = 0; i < 100; ++i) x.mutable_gradient()[i] += late.upstream()[i];
      late.release_gradient();
    });
  });
  tape.backward({{between, ones({100})}, {scale(late, 1000), ones({100})}});
  CHECK(gradient_numbers_of(x) == Numbers(100, 1000 + 32));
  CHECK_THROWS_WITH(late.gradient(), Contains("the tape has not kept that of 'late'"));
}

TEST_CASE("a gradient is held as often as it has not been released", "[tape][error]") {
  Tape<double> tape;
  const auto x = tape.input(ones({1})), y = scale(x, 3);
  CHECK_THROWS_WITH(y.release_gradient(), Contains("release_gradient: that of 'scale' is not held"));
  y.hold_gradient();
  y.hold_gradient();
  tape.backward(y);
  y.release_gradient();
  CHECK(y.gradient()[0] == 1);
  y.release_gradient();
  CHECK_THROWS_AS(y.gradient(), TapeError);
  CHECK_THROWS_AS(y.release_gradient(), TapeError);
}

namespace {
/// 2 x, made when it is asked for; counts how often.
Variable<double> twice_lazily(Variable<double> x, int* count) {
  const auto y = x.tape().record_lazily("twice", x.shape(), {x}, [x, count](double* to) {
    ++*count;
    for (std::size_t i = 0; i < x.shape().size(); ++i) to[i] = 2 * x.value()[i];
  });
  y.on_backward([x, y] {
    for (std::size_t i = 0; i < x.shape().size(); ++i) x.mutable_gradient()[i] += 2 * y.upstream()[i];
  });
  return y;
}
}  // namespace

TEST_CASE("the tape makes a lazy node once, at the first request, whichever call makes it", "[tape]") {
  const auto recording = GENERATE(Recording::gradients, Recording::values);
  const std::size_t who = GENERATE(0u, 1u, 2u, 3u, 4u);
  Tape<double> tape(recording);
  const auto x = tape.input(counting<double>({2, 4}));
  int count = 0;
  const auto y = twice_lazily(x, &count);
  CHECK(y.shape() == Shape{2, 4});
  CHECK(y.needs_gradient() == tape.records_gradients());
  CHECK(count == 0);
  const auto ask = [&] {
    if (who == 0) CHECK(numbers_of(y) == Numbers{0, 2, 4, 6, 8, 10, 12, 14});
    if (who == 1) CHECK(numbers_of(reshape(y, {8}))[7] == 14);
    if (who == 2) CHECK(numbers_of(slice(y, -1, 3, 1)) == Numbers{6, 14});
    if (who == 3) CHECK(numbers_of(y * y)[7] == 14 * 14);
    if (who == 4) CHECK(y.value_rows().data[7] == 14);
  };
  ask();
  ask();
  CHECK(count == 1);
}

TEST_CASE("the tape never makes a lazy node that no op or caller asks for, and its gradient flows", "[tape]") {
  Tape<double> tape;
  const auto x = tape.input(counting<double>({2, 4}));
  int count = 0;
  tape.backward({{stand_in(twice_lazily(x, &count)), ones({2, 4})}});
  CHECK(gradient_numbers_of(x) == Numbers(8, 2));
  CHECK(count == 0);
}

TEST_CASE("a value that no rule reads again lends its memory to its gradient", "[tape][error]") {
  Tape<double> tape;
  const auto x = tape.input(ones({2, 2})), y = scale(x, 2), part = tape.view("part", y, 2, {2}), z = scale(part, 3);
  y.forgo_value();  // its rule, and z's, read no values; nor do we
  z.forgo_value();
  SECTION("not before all have said so: z's rule could read it") {
    y.forgo_value();
    tape.backward({{z, ones({2})}});
    CHECK(numbers_of(y) == Numbers{2, 2, 2, 2});
  }
  SECTION("then reading it, or a part of it, is an error, and the gradients are what they were") {
    part.forgo_value();
    y.forgo_value();
    tape.backward({{z, ones({2})}});
    CHECK_THROWS_WITH(y.value(),
                      Contains("value: the tape has not kept that of 'scale'") && Contains("before backward"));
    CHECK_THROWS_WITH(part.value(), Contains("value: the tape has not kept that of 'part'"));
    CHECK(numbers_of(z) == Numbers{6, 6});
    CHECK(gradient_numbers_of(x) == Numbers{0, 0, 6, 6});
  }
  SECTION("columns of it too, however they are asked for") {
    const auto column = tape.columns("column", y, 1, 1);
    y.forgo_value();
    part.forgo_value();
    tape.backward({{z, ones({2})}});
    CHECK_THROWS_WITH(column.value(), Contains("value: the tape has not kept that of 'scale'"));
    CHECK_THROWS_WITH(column.value_rows(), Contains("value: the tape has not kept that of 'scale'"));
  }
  SECTION("one that was recorded earlier than the one who forgoes is left alone") {
    const auto size = tape.size();
    for (int i = 0; i < 3; ++i) y.forgo_value(size);
    tape.backward({{z, ones({2})}});
    CHECK(numbers_of(y) == Numbers{2, 2, 2, 2});
  }
  SECTION("a parameter's stays: the tape does not own it") {
    const Parameter<double> weight(ones({2}));
    const auto leaf = tape.use(weight);
    for (int i = 0; i < 5; ++i) leaf.forgo_value();
    tape.backward({{leaf * z, ones({2})}});
    CHECK(numbers_of(leaf) == Numbers{1, 1});
  }
}

TEST_CASE("a value of which rows are picked lazily does not lend its memory", "[tape]") {
  const Tensor<int> places({3}, {2, 0, 2});
  const auto gradients = [&](bool forgone) {
    Tape<double> tape;
    const auto x = tape.input(Tensor<double>({3, 2}, {1, 2, 3, 4, 5, 6})), y = scale(x, 0.1);
    if (forgone)
      for (int i = 0; i < 2; ++i) y.forgo_value();
    tape.backward({{unroll::map([](auto a) { return a * a * a; }, rows(y, places)), ones({3, 2})}});
    return gradient_numbers_of(x);
  };
  CHECK(gradients(true) == gradients(false));
}
