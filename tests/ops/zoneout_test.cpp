#include "support/messages.hpp"
#include "support/ops.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/ops/zoneout.hpp>

using namespace unroll;
using namespace unroll::testing;
using Catch::Matchers::Contains;

TEMPLATE_TEST_CASE("zoneout keeps the elements whose bits are below the rate, and scales nothing", "[zoneout]", float,
                   double) {
  for (const std::size_t n : {0u, 1u, 17u, 1023u, 1024u, 1025u, 3000u}) {
    Tape<TestType> tape;
    const auto next = normal<TestType>(Random(1), {n}), previous = normal<TestType>(Random(2), {n});
    const Random random(3);
    const auto y = zoneout(tape.constant(next), tape.constant(previous), 0.25, random);
    for (std::size_t i = 0; i < n; ++i) CHECK(y.value()[i] == (random.bits(i) < 0x40000000u ? previous : next)[i]);
  }
}

TEST_CASE("zoneout keeps its rate of the elements, and on average gives what zoneout_mean gives", "[zoneout]") {
  const std::size_t n = 100'000;
  const double rate = GENERATE(0.05, 0.5, 0.9);
  Tape<double> tape;
  const auto one = tape.constant(Tensor<double>({n}, 1.0)), three = tape.constant(Tensor<double>({n}, 3.0));
  double total = 0;
  for (const double number : zoneout(one, three, rate, Random(7)).value()) {
    REQUIRE((number == 1 || number == 3));
    total += number;
  }
  const double deviation = 2 * std::sqrt(rate * (1 - rate) / static_cast<double>(n));
  CHECK(std::abs(total / static_cast<double>(n) - (1 + 2 * rate)) < 4 * deviation);
  for (const double number : zoneout_mean(one, three, rate).value()) REQUIRE(number == Approx(1 + 2 * rate));
}

TEST_CASE("zoneout at rate 0 gives the next value itself, and at rate 1 the previous numbers", "[zoneout]") {
  Tape<double> tape;
  const auto next = tape.constant(counting<double>({5})), previous = tape.constant(Tensor<double>({5}, -1.0));
  CHECK(zoneout(next, previous, 0, Random(1)).is(next));
  CHECK(zoneout_mean(next, previous, 0).is(next));
  CHECK(numbers_of(zoneout(next, previous, 1, Random(1))) == std::vector<double>(5, -1.0));
  CHECK(numbers_of(zoneout_mean(next, previous, 1)) == std::vector<double>(5, -1.0));
}

TEST_CASE("zoneout chooses: what is not kept may be anything", "[zoneout]") {
  Tape<double> tape;
  const auto infinite = tape.constant(Tensor<double>({64}, INFINITY));
  const auto y = zoneout(infinite, tape.constant(Tensor<double>({64}, 2.0)), 0.5, Random(1));
  for (const double number : y.value()) CHECK((number == 2 || std::isinf(number)));
}

TEST_CASE("zoneout's gradients agree with central differences, also of one operand taken twice",
          "[zoneout][gradient]") {
  const std::vector<Tensor<double>> inputs{normal<double>(Random(1), {3, 7}), normal<double>(Random(2), {3, 7})};
  expect_gradients(
      [](auto&, auto in) {
        return std::vector{zoneout(in[0], in[1], 0.4, Random(3)), zoneout_mean(in[0], in[1], 0.4)};
      },
      inputs);
  expect_gradients([](auto&, auto in) { return zoneout(in[0], in[0], 0.4, Random(3)); }, {inputs[0]});
  expect_gradients(
      [](auto& tape, auto in) { return zoneout(tape.constant(counting<double>({7})), in[0], 0.4, Random(3)); },
      {normal<double>(Random(4), {7})});
}

TEST_CASE("zoneout refuses rates that are no fraction, and shapes that differ", "[zoneout]") {
  Tape<double> tape;
  const auto x = tape.constant(counting<double>({2, 3})), other = tape.constant(counting<double>({3, 3}));
  for (const double rate : {-0.1, 1.1, std::nan("")}) {
    CHECK_THAT(message_of<ArgumentError>([&] { zoneout(x, x, rate, Random(1)); }),
               Contains("zoneout: rate") && Contains("expected 0 <= rate <= 1"));
    CHECK_THAT(message_of<ArgumentError>([&] { zoneout_mean(x, x, rate); }), Contains("zoneout_mean: rate"));
  }
  CHECK_THAT(message_of<ShapeError>([&] { zoneout(x, other, 0.5, Random(1)); }),
             Contains("zoneout") && Contains("[2, 3]") && Contains("[3, 3]"));
}
