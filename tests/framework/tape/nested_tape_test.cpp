#include "support/catch.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tape/tape.hpp>

using namespace unroll;
using Catch::Matchers::Contains;

namespace {

/// y = x², written as an op of the framework's own tests.
Variable<double> squared(Variable<double> x) {
  const auto y = x.tape().record("squared", x.shape(), {x});
  for (std::size_t i = 0; i < x.shape().size(); ++i) y.writable()[i] = x.value()[i] * x.value()[i];
  y.on_backward([x, y] {
    double* const dx = x.mutable_gradient();
    for (std::size_t i = 0; i < x.shape().size(); ++i) dx[i] += 2 * x.value()[i] * y.upstream()[i];
  });
  return y;
}

}  // namespace

TEST_CASE("a nested tape shares the numbers of the tape around, and hands gradients over to it", "[nested]") {
  Tape<double> tape;
  const auto x = tape.input(Tensor<double>({4}, {1, 2, 3, 4}));
  Tape<double>& nested = tape.nested(Recording::gradients);
  const auto shared = nested.outer_leaf(x, 1, {2});
  CHECK(shared.value().data() == x.value().data() + 1);
  CHECK(shared.needs_gradient());
  const auto viewed = nested.view("view", shared, 1, {1});
  nested.backward({{squared(shared), Tensor<double>({2}, 1.0)}, {squared(viewed), Tensor<double>({1}, 10.0)}});
  CHECK(Tensor<double>(shared.gradient()) == Tensor<double>({2}, {4, 6 + 60}));

  const Tensor<double> none({4});
  tape.backward({{x, none}});
  CHECK(Tensor<double>(x.gradient()) == Tensor<double>({4}, {0, 4, 66, 0}));
}

TEST_CASE("a parameter used on a nested tape is the parameter of the tape around", "[nested]") {
  Parameter<double> weight(Tensor<double>({1}, 3.0)), frozen(Tensor<double>({1}, 3.0));
  frozen.frozen = true;
  Tape<double> tape;
  const auto around = squared(tape.use(weight));
  for (int round = 0; round < 2; ++round) {
    Tape<double>& nested = tape.nested(Recording::gradients);
    CHECK_FALSE(nested.use(frozen).needs_gradient());
    CHECK(nested.use(weight).value().data() == weight.value().data());
    CHECK_THROWS_AS(nested.use(weight).writable(), TapeError);
    nested.backward(squared(nested.use(weight)));
  }
  CHECK(tape.uses(frozen));
  tape.backward(around);
  CHECK(*tape.gradient_of(weight) == 6 + 6 + 6);
  CHECK(tape.gradient_of(frozen) == nullptr);

  weight.mutable_value()[0] = 4;
  tape.clear();
  CHECK_NOTHROW(tape.nested(Recording::gradients).use(weight));
  weight.mutable_value()[0] = 5;
  CHECK_THROWS_WITH(tape.nested(Recording::gradients).use(weight), Contains("has changed since"));
}

TEST_CASE("nested sweeps keep denormals when those of the tape around do", "[nested]") {
  const bool flushes = GENERATE(true, false);
  Tape<double> tape;
  tape.set_flushes_denormals(flushes);
  const auto x = tape.input(Tensor<double>({1}, 1e-20));
  Tape<double>& nested = tape.nested(Recording::gradients);
  nested.backward({{squared(nested.outer_leaf(x, 0, {1})), Tensor<double>({1}, 1e-300)}});
  tape.backward({{x, Tensor<double>({1})}});
  CHECK((x.gradient()[0] == 0) == flushes);
}

TEST_CASE("a nested tape of values records no gradients", "[nested]") {
  Tape<double> tape;
  const auto x = tape.input(Tensor<double>({1}, 2.0));
  CHECK_FALSE(tape.nested(Recording::values).outer_leaf(x, 0, {1}).needs_gradient());
}

TEST_CASE("nested tapes are others until the tape around is cleared, and then the same again, empty", "[nested]") {
  Tape<double> tape;
  Tape<double>&first = tape.nested(Recording::values), &second = tape.nested(Recording::gradients);
  CHECK(&first != &second);
  const std::size_t before = tape.bytes();
  first.zeros({1000});
  CHECK(tape.bytes() >= before + 8000);
  CHECK(tape.capacity() >= first.capacity() + second.capacity());
  tape.clear();
  CHECK(tape.bytes() == 0);
  CHECK(&tape.nested(Recording::gradients) == &first);
  CHECK(first.size() == 0);
  CHECK(first.records_gradients());
}

TEST_CASE("what shares all the numbers of a node names it as their origin", "[nested]") {
  const Parameter<double> weight(Tensor<double>({2}, 3.0));
  Tape<double> tape;
  const auto x = tape.input(Tensor<double>({4}, {1, 2, 3, 4}));
  Tape<double>&nested = tape.nested(Recording::gradients), &inner = nested.nested(Recording::gradients);
  const auto same = [](Variable<double> a, Variable<double> b) {
    return &a.tape() == &b.tape() && a.value().data() == b.value().data() && a.shape() == b.shape();
  };
  CHECK(same(x.origin(), x));
  CHECK(same(nested.outer_leaf(x, 0, {4}).origin(), x));
  CHECK(same(inner.outer_leaf(nested.outer_leaf(x, 0, {4}), 0, {4}).origin(), x));
  CHECK(same(inner.use(weight).origin(), tape.use(weight)));
  const auto part = nested.outer_leaf(x, 1, {3});
  CHECK(same(part.origin(), part));
}

TEST_CASE("sharing with elsewhere, or beyond the end, is refused", "[nested][error]") {
  Tape<double> tape, other;
  const auto x = tape.input(Tensor<double>({4}));
  Tape<double>& nested = tape.nested(Recording::gradients);
  CHECK_THROWS_WITH(other.outer_leaf(x, 0, {4}), Contains("not of the tape that this one is nested in"));
  CHECK_THROWS_AS(nested.outer_leaf(other.zeros({1}), 0, {1}), TapeError);
  CHECK_THROWS_AS(nested.outer_leaf(nested.zeros({1}), 0, {1}), TapeError);
  CHECK_THROWS_WITH(nested.outer_leaf(x, 3, {2}), Contains("[2] from number 3 on is beyond the end of [4]"));
  tape.clear();
  CHECK_THROWS_AS(tape.nested(Recording::gradients).outer_leaf(x, 0, {4}), TapeError);
}

TEST_CASE("nested tapes that were taken after a mark are free again when the tape goes back there", "[nested]") {
  Tape<double> tape(Recording::values);
  const auto& first = tape.nested(Recording::values);
  const auto mark = tape.mark();
  const auto& second = tape.nested(Recording::values);
  tape.rewind(mark);
  CHECK(&tape.nested(Recording::values) == &second);
  CHECK(&first != &second);
}
