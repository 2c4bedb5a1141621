#include "support/ops.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/optimizers/adam.hpp>
#include <unroll/framework/optimizers/sgd.hpp>
#include <unroll/ops/arithmetic.hpp>
#include <unroll/ops/reduction.hpp>
#include <unroll/ops/shaping.hpp>

#include <algorithm>
#include <stdexcept>

// backward(loss, parameters), which writes into empty gradients at once.
using namespace unroll;
using namespace unroll::testing;
using Catch::Matchers::Contains;

namespace {

using Numbers = std::vector<double>;

struct Pair {
  Parameter<double> a{Tensor<double>({2}, {3, 4})}, b{Tensor<double>({2}, {5, 6})};
  static void members(auto& self, auto&& visit) {
    visit("a", self.a);
    visit("b", self.b);
    visit("a again", self.a);
  }
};

struct One {
  Parameter<double> weight{counting<double>({4, 2})};
  static void members(auto& self, auto&& visit) { visit("weight", self.weight); }
};
struct Single {
  Parameter<double> weight{Tensor<double>({1}, {3})};
  static void members(auto& self, auto&& visit) { visit("weight", self.weight); }
};

Numbers gradient_in(const Parameter<double>& parameter) {
  const auto& gradient = parameter.gradient();
  return {gradient.begin(), gradient.end()};
}

/// Room for a gradient that holds nothing, and is not zero by chance.
void make_dirty(Parameter<double>& parameter) {
  std::fill_n(parameter.gradient_memory(), parameter.value().size(), std::numeric_limits<double>::quiet_NaN());
}

/// Σ factor a a b, whose gradients are 2 factor a b and factor a a.
Variable<double> loss_of(Tape<double>& tape, const Pair& pair, double factor = 1) {
  return sum(tape.constant(Tensor<double>({2}, factor)) * pair.a * pair.a * pair.b);
}

/// A node whose rule fails.
Variable<double> failing(Variable<double> x) {
  const auto y = x.tape().record("failing", x.shape(), {x});
  std::fill_n(y.writable(), x.shape().size(), 1.0);
  y.on_backward([] { throw std::runtime_error("the rule fails"); });
  return y;
}

}  // namespace

TEST_CASE("the first gradient of a parameter is written there, later ones are added", "[tape][parameter]") {
  Pair pair;
  const auto parameters = parameters_of<double>(pair);
  CHECK(parameters.size() == 2);
  make_dirty(pair.a);
  Tape<double> tape;
  backward(loss_of(tape, pair), parameters);
  CHECK(gradient_in(pair.a) == Numbers{2 * 3 * 5, 2 * 4 * 6});
  CHECK(gradient_in(pair.b) == Numbers{9, 16});
  CHECK(tape.gradient_of(pair.a) == pair.a.gradient().data());
  CHECK(tape.use(pair.a).gradient().data() == tape.gradient_of(pair.a));

  tape.clear();
  backward(loss_of(tape, pair, 10), parameters);
  CHECK(gradient_in(pair.a) == Numbers{11 * 30, 11 * 48});
  CHECK(tape.gradient_of(pair.a) != pair.a.gradient().data());
  CHECK(gradient_numbers_of(tape.use(pair.a)) == Numbers{300, 480});
}

TEST_CASE("gradients add up over tapes, whichever was first", "[tape][parameter]") {
  Pair pair;
  const auto parameters = parameters_of<double>(pair);
  Tape<double> one, two;
  const auto first = loss_of(one, pair), second = loss_of(two, pair, 100);
  backward(second, parameters);
  backward(first, parameters);
  CHECK(gradient_in(pair.b) == Numbers{9 * 101, 16 * 101});
}

TEST_CASE("after zero_gradient and after an update the gradient is written anew", "[tape][parameter]") {
  Pair pair;
  const auto parameters = parameters_of<double>(pair);
  Sgd<double> sgd({.learning_rate = 0});
  Tape<double> tape;
  for (int step = 1; step < 5; ++step) {
    tape.clear();
    backward(loss_of(tape, pair, step), parameters);
    CHECK(gradient_in(pair.b) == Numbers{9.0 * step, 16.0 * step});
    CHECK(tape.gradient_of(pair.b) == pair.b.gradient().data());
    if (step % 2 == 0)
      parameters.zero_gradients();
    else
      sgd.update(parameters);
    CHECK(pair.b.gradient_is_empty());
    CHECK(gradient_in(pair.b) == Numbers{0, 0});
  }
}

TEST_CASE("a parameter that is frozen, unused, or that the loss does not depend on gets no gradient",
          "[tape][parameter]") {
  Pair pair, other;
  pair.b.frozen = true;
  Parameters<double> parameters(pair);
  parameters.add(other);
  Tape<double> tape;
  const auto leaf = tape.use(other.a);  // on the tape, without effect
  backward(loss_of(tape, pair), parameters);
  CHECK(gradient_in(pair.a) == Numbers{30, 48});
  CHECK_FALSE(pair.b.has_gradient());
  for (const auto* untouched : {&pair.b, &other.a, &other.b}) {
    CHECK(untouched->gradient_is_empty());
    CHECK(tape.gradient_of(*untouched) == nullptr);
  }
  CHECK(gradient_numbers_of(leaf) == Numbers{0, 0});
  CHECK(other.a.gradient_is_empty());
}

TEST_CASE("a parameter of which only parts are used gets zeros elsewhere", "[tape][parameter]") {
  One one;
  make_dirty(one.weight);
  Tape<double> tape;
  const auto weight = tape.use(one.weight);
  SECTION("rows") {
    const std::size_t first = GENERATE(0u, 1u, 3u);
    backward(sum(at_step(weight, first)) + 10 * sum(at_step(weight, 2)), parameters_of<double>(one));
    Numbers expected(8);
    expected[2 * first] = expected[2 * first + 1] = 1;
    expected[4] = expected[5] = 10;
    CHECK(gradient_in(one.weight) == expected);
  }
  SECTION("columns") {
    backward(sum(slice(weight, -1, 1, 1) * 3), parameters_of<double>(one));
    CHECK(gradient_in(one.weight) == Numbers{0, 3, 0, 3, 0, 3, 0, 3});
  }
}

TEST_CASE("a rule that fails leaves gradients as they were: empty ones zero", "[tape][parameter][error]") {
  Pair pair;
  const auto parameters = parameters_of<double>(pair);
  pair.b.add_gradient(Tensor<double>({2}, {1, 2}));
  make_dirty(pair.a);
  Tape<double> tape;
  const auto leaf = tape.use(pair.a);
  const auto loss = sum(failing(leaf * 2)) + loss_of(tape, pair);  // loss_of is swept first
  CHECK_THROWS_WITH(backward(loss, parameters), Contains("the rule fails"));
  CHECK(pair.a.gradient_is_empty());
  CHECK(gradient_in(pair.a) == Numbers{0, 0});
  CHECK(gradient_in(pair.b) == Numbers{1, 2});

  pair.a.add_gradient(Tensor<double>({2}, {7, 8}));
  static_cast<void>(leaf.gradient());  // whatever it is
  CHECK(gradient_in(pair.a) == Numbers{7, 8});
  parameters.zero_gradients();
  tape.clear();
  backward(loss_of(tape, pair), parameters);
  CHECK(gradient_in(pair.a) == Numbers{30, 48});
}

TEST_CASE("a parameter that had no gradient has none after a rule that fails", "[tape][parameter][error]") {
  Pair pair;
  Tape<double> tape;
  const auto loss = sum(failing(tape.use(pair.a) * 2)) + loss_of(tape, pair);  // loss_of is swept first
  CHECK_THROWS_WITH(backward(loss, parameters_of<double>(pair)), Contains("the rule fails"));
  CHECK_FALSE(pair.a.has_gradient());
  CHECK_FALSE(pair.b.has_gradient());
}

TEST_CASE("a backward that was refused leaves no trace in a later one", "[tape][parameter][error]") {
  Pair pair;
  const auto parameters = parameters_of<double>(pair);
  Tape<double> tape;
  const auto loss = loss_of(tape, pair), no_number = tape.use(pair.a) * 2;
  CHECK_THROWS_AS(backward(no_number, parameters), ShapeError);
  SECTION("the same way") {
    backward(loss, parameters);
    CHECK_THROWS_WITH(backward(loss, parameters), Contains("swept already"));
  }
  SECTION("in two steps") {
    tape.backward(loss);
    add_gradients(tape, parameters);
  }
  SECTION("nor takes what an update has emptied") {
    backward(loss, parameters);
    parameters.zero_gradients();
    CHECK_THROWS_WITH(backward(loss, parameters), Contains("swept already"));
    CHECK(pair.a.has_gradient());
    CHECK(gradient_in(pair.a) == Numbers{0, 0});
    return;
  }
  CHECK(gradient_in(pair.a) == Numbers{30, 48});
  CHECK(gradient_in(pair.b) == Numbers{9, 16});
}

TEST_CASE("a gradient of zero, asked of a tape that did without a parameter, does not touch what others gave",
          "[tape][parameter]") {
  Pair pair;
  const auto parameters = parameters_of<double>(pair);
  Tape<double> without, with;
  const auto leaf = without.use(pair.a);
  backward(sum(without.use(pair.b) * 1), parameters);
  backward(loss_of(with, pair), parameters);
  CHECK(gradient_numbers_of(leaf) == Numbers{0, 0});
  CHECK(gradient_in(pair.a) == Numbers{30, 48});
}

TEST_CASE("a loss that is a parameter itself has the gradient 1", "[tape][parameter]") {
  Single single;
  Tape<double> tape;
  backward(tape.use(single.weight), parameters_of<double>(single));
  CHECK(gradient_in(single.weight) == Numbers{1});
}

TEST_CASE("a parameter that no gradient has reached has none, and optimizers leave it alone", "[tape][parameter]") {
  Pair pair;
  const auto parameters = parameters_of<double>(pair);
  const Tensor<double> before = pair.a.value();
  AdamW<double> optimizer({.learning_rate = 0.1, .weight_decay = 0.5});
  Tape<double> tape;
  tape.use(pair.a);
  backward(sum(tape.use(pair.b) * 1), parameters);
  CHECK_FALSE(pair.a.has_gradient());
  CHECK(pair.b.has_gradient());
  optimizer.update(parameters);
  CHECK(pair.a.value() == before);
}

TEST_CASE("a part of a parameter is not written to through the tape", "[tape][parameter][error]") {
  const Single single;
  Tape<double> tape;
  const auto leaf = tape.use(single.weight);
  CHECK_THROWS_WITH(leaf.writable(), Contains("of a parameter, which a tape only reads"));
  CHECK_THROWS_WITH(reshape(leaf, {1, single.weight.shape().size()}).writable(), Contains("of a parameter"));
}
