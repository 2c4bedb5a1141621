#include "support/ops.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/ops/dropout.hpp>

#include <algorithm>

using namespace unroll;
using namespace unroll::testing;
using Catch::Matchers::Contains;

TEMPLATE_TEST_CASE("dropout drops the elements whose bits are below the rate, and scales the others", "[dropout]",
                   float, double) {
  for (const std::size_t n : {0u, 1u, 17u, 1023u, 1024u, 1025u, 3000u}) {
    Tape<TestType> tape;
    const auto x = normal<TestType>(Random(1), {n});
    const Random random(2);
    const auto y = dropout(tape.constant(x), 0.25, random);
    expect_values(
        y.value(), [&](std::size_t i) { return random.bits(i) < 0x40000000u ? 0.0 : static_cast<double>(x[i]) / 0.75; },
        2);
  }
}

TEST_CASE("dropout drops its rate of the elements, and keeps their expectation", "[dropout]") {
  const std::size_t n = 100'000;
  for (const double rate : {0.1, 0.5, 0.9}) {
    Tape<double> tape;
    const auto y = numbers_of(dropout(tape.constant(Tensor<double>({n}, 1.0)), rate, Random(7)));
    const double dropped = static_cast<double>(std::count(y.begin(), y.end(), 0.0)) / static_cast<double>(n);
    CHECK(std::abs(dropped - rate) < 4 * std::sqrt(rate * (1 - rate) / static_cast<double>(n)));
    for (const double number : y) REQUIRE((number == 0 || number == Approx(1 / (1 - rate))));
  }
}

TEST_CASE("dropout with the same random drops the same, and with a split one does not", "[dropout]") {
  Tape<double> tape;
  const auto x = tape.constant(Tensor<double>({200}, 1.0));
  const Random random(3);
  CHECK(numbers_of(dropout(x, 0.5, random)) == numbers_of(dropout(x, 0.5, Random(3))));
  CHECK(numbers_of(dropout(x, 0.5, random)) != numbers_of(dropout(x, 0.5, random.split(1))));
}

TEST_CASE("dropout of a part drops what dropout of the whole drops there", "[dropout]") {
  Tape<double> tape;
  const auto whole = numbers_of(dropout(tape.constant(Tensor<double>({1000}, 1.0)), 0.5, Random(1)));
  const std::size_t first = GENERATE(0u, 1u, 3u, 4u, 500u);
  const auto part = tape.input(Tensor<double>({300}, 1.0));
  const auto dropped = dropout(part, 0.5, Random(1), first);
  for (std::size_t i = 0; i < 300; ++i) CHECK(dropped.value()[i] == whole[first + i]);
  tape.backward({{dropped, Tensor<double>({300}, 1.0)}});
  for (std::size_t i = 0; i < 300; ++i) CHECK(part.gradient()[i] == whole[first + i]);
}

TEST_CASE("dropout at rate 0 gives its operand back", "[dropout]") {
  Tape<double> tape;
  const auto x = tape.constant(counting<double>({5}));
  CHECK(dropout(x, 0, Random(1)).value().data() == x.value().data());
}

TEST_CASE("what is dropped is 0 even when it is not finite", "[dropout]") {
  Tape<double> tape;
  const auto x = tape.input(Tensor<double>({100}, std::numeric_limits<double>::infinity()));
  for (const double number : numbers_of(dropout(x, 0.5, Random(1)))) CHECK_FALSE(std::isnan(number));
}

TEST_CASE("dropout: the tape's gradients agree with central differences", "[dropout][gradient]") {
  const auto shape = GENERATE(Shape{1}, Shape{3, 4}, Shape{0, 2}, Shape{2, 3, 17});
  expect_gradients(
      [](auto&, auto in) {
        return std::vector{dropout(in[0], 0.4, Random(9)), dropout(in[0], 0.1, Random(8))};
      },
      {normal<double>(Random(1), shape)});
}

TEST_CASE("dropout refuses a negative rate, and 1, and says why", "[dropout][error]") {
  Tape tape;
  const auto x = tape.zeros({2});
  CHECK_THROWS_AS(dropout(x, -0.1, Random(1)), ArgumentError);
  CHECK_THROWS_AS(dropout(x, std::nan(""), Random(1)), ArgumentError);
  CHECK_THROWS_WITH(dropout(x, 1, Random(1)),
                    Contains("dropout: rate 1 given, expected 0 <= rate < 1") && Contains("divided by 0"));
}

TEST_CASE("sequence_dropout drops at every step what dropout drops of one", "[dropout]") {
  Tape<double> tape;
  const auto x = tape.constant(Tensor<double>({5, 3, 7}, 2.0));
  const auto y = numbers_of(sequence_dropout(x, 0.4, Random(1)));
  const auto step = numbers_of(dropout(tape.constant(Tensor<double>({3, 7}, 2.0)), 0.4, Random(1)));
  for (std::size_t i = 0; i < y.size(); ++i) CHECK(y[i] == Approx(step[i % 21]).epsilon(1e-15));
  CHECK(std::count(step.begin(), step.end(), 0.0) > 0);
  CHECK(sequence_dropout(x, 0, Random(1)).is(x));
  const auto infinite = tape.constant(Tensor<double>({2, 30}, INFINITY));
  CHECK(std::count(infinite.value().begin(), infinite.value().end(), 0.0) == 0);
  for (const double number : sequence_dropout(infinite, 0.5, Random(1)).value())
    CHECK((number == 0 || number == INFINITY));
}

TEST_CASE("sequence_dropout's gradient agrees with central differences", "[dropout][gradient]") {
  expect_gradients([](auto&, auto in) { return sequence_dropout(in[0], 0.4, Random(1)); },
                   {normal<double>(Random(2), {4, 2, 5})});
}

TEST_CASE("sequence_dropout refuses what is no rate or no sequence", "[dropout]") {
  Tape<double> tape;
  const auto x = tape.constant(counting<double>({2, 3}));
  for (const double rate : {-0.1, 1.0, std::nan("")})
    CHECK_THROWS_WITH(sequence_dropout(x, rate, Random(1)), Contains("sequence_dropout: rate"));
  CHECK_THROWS_WITH(sequence_dropout(tape.constant(counting<double>({3})), 0.5, Random(1)),
                    Contains("sequence_dropout: x [T=3] given, expected a sequence"));
}

TEST_CASE("rows that were picked are dropped as in the whole", "[dropout]") {
  const auto numbers = normal<double>(Random(1), {6, 40});
  const std::vector<int> indices{4, 0, 3};
  Tensor<double> picked({3, 40});
  for (std::size_t i = 0; i < picked.size(); ++i)
    picked[i] = numbers[static_cast<std::size_t>(indices[i / 40]) * 40 + i % 40];
  Tape<double> tape;
  const auto whole = dropout(tape.constant(numbers), 0.4, Random(9), 7);
  const auto rows = dropout_rows(tape.constant(picked), 0.4, Random(9), 7, indices);
  for (std::size_t i = 0; i < picked.size(); ++i)
    CHECK(rows.value()[i] == whole.value()[static_cast<std::size_t>(indices[i / 40]) * 40 + i % 40]);
  expect_gradients([&](auto&, auto in) { return dropout_rows(in[0], 0.4, Random(9), 7, indices); }, {picked});
  CHECK(dropout_rows(rows, 0, Random(9), 7, indices).is(rows));
  CHECK_THROWS_AS(dropout_rows(rows, 1, Random(9), 7, indices), ArgumentError);
  CHECK_THROWS_WITH(dropout_rows(whole, 0.4, Random(9), 7, indices), Contains("3 indices given for the rows of"));
  CHECK_THROWS_WITH(dropout_rows(rows, 0.4, Random(9), 7, std::array{2, -1, 0}),
                    Contains("index -1 of row 1 given") && Contains("is it a padded step?"));
}
