#include "support/messages.hpp"
#include "support/ops.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/ops.hpp>

using namespace unroll;
using namespace unroll::testing;
using Catch::Matchers::Contains;

// Naive oracles: one sequence after another, number by number.
namespace {

const std::vector<std::size_t> ragged{2, 0, 4, 1};
constexpr std::size_t steps = 4, batch = 4, width = 3;

/// Numbers where steps exist, and NaN beyond.
Tensor<double> sequences(const Shape& shape) {
  auto result = normal<double>(Random(1), shape);
  for (std::size_t i = 0; i < result.size(); ++i)
    if (i / shape.after(0) >= ragged[i % shape.after(0) / shape.after(1)]) result[i] = std::nan("");
  return result;
}
Tensor<double> finite(const Shape& shape) { return normal<double>(Random(1), shape); }

/// pool(column) for the numbers of one feature of one sequence; 0 without steps.
template <class Pool>
auto of_columns(const Tensor<double>& x, Pool pool) {
  return [&x, pool](std::size_t i) {
    std::vector<double> column;
    for (std::size_t t = 0; t < ragged[i / width]; ++t) column.push_back(x.at({t, i / width, i % width}));
    return column.empty() ? 0.0 : pool(column);
  };
}
double sum_of(const std::vector<double>& column) {
  double sum = 0;
  for (const double number : column) sum += number;
  return sum;
}

/// Values and gradients are those of any other numbers beyond the ends, which get a gradient of 0.
template <class Op>
void expect_padding_ignored(Op op, const Shape& shape) {
  const auto gradient_of = [&](const Tensor<double>& numbers) {
    Tape<double> tape;
    const auto x = tape.input(numbers);
    tape.backward(sum(square(op(x))));
    return Tensor<double>(x.gradient());
  };
  const auto found = gradient_of(sequences(shape));
  CHECK(found == gradient_of(finite(shape)));
  for (std::size_t i = 0; i < found.size(); ++i)
    if (std::isnan(sequences(shape)[i])) CHECK(found[i] == 0);
}

}  // namespace

TEST_CASE("mean, largest and last are of the steps that exist, and 0 where there is none", "[over_time]") {
  const auto numbers = sequences({steps, batch, width});
  Tape<double> tape;
  const auto x = tape.constant(numbers);
  CHECK(mean_over_time(x, ragged).shape() == Shape{batch, width});
  expect_values(mean_over_time(x, ragged).value(), of_columns(numbers, [](const auto& column) {
                  return sum_of(column) / static_cast<double>(column.size());
                }));
  expect_values(max_over_time(x, ragged).value(), of_columns(numbers, [](const auto& column) {
                  return *std::max_element(column.begin(), column.end());
                }));
  expect_values(last_over_time(x, ragged).value(),
                of_columns(numbers, [](const auto& column) { return column.back(); }));
}

TEST_CASE("without lengths every step counts", "[over_time]") {
  Tape tape;
  const auto x = tape.constant(counting({2, 1, 2}));
  CHECK(numbers_of(mean_over_time(x)) == std::vector<float>{1, 2});
  CHECK(numbers_of(max_over_time(x)) == std::vector<float>{2, 3});
  CHECK(numbers_of(last_over_time(x)) == std::vector<float>{2, 3});
  CHECK(numbers_of(softmax_over_time(tape.zeros({4, 1}))) == std::vector<float>(4, 0.25f));
}

TEST_CASE("a NaN among the steps that exist is the largest, and the first of equals gets the gradient", "[over_time]") {
  Tape<double> tape;
  const auto x = tape.input(Tensor<double>({3, 1, 2}, {1, 7, std::nan(""), 7, 5, 2}));
  const auto y = max_over_time(x);
  CHECK(std::isnan(y.value()[0]));
  CHECK(y.value()[1] == 7);
  tape.backward(sum(slice(y, -1, 1, 1)));
  CHECK(gradient_numbers_of(x) == std::vector<double>{0, 1, 0, 0, 0, 0});
}

TEST_CASE("a softmax over time adds up to 1 over the steps that exist, is 0 beyond, and does not overflow",
          "[over_time]") {
  auto numbers = sequences({steps, batch});
  numbers[0] = 1000;
  Tape<double> tape;
  const auto y = softmax_over_time(tape.constant(numbers), ragged);
  expect_values(y.value(), [&](std::size_t i) {
    const std::size_t n = i % batch;
    double sum = 0;
    for (std::size_t t = 0; t < ragged[n]; ++t) sum += std::exp(numbers[t * batch + n] - numbers[i]);
    return i / batch < ragged[n] ? 1 / sum : 0;
  });
}

TEST_CASE("a weighted sum over time is of the steps that exist", "[over_time]") {
  const auto numbers = sequences({steps, batch, width}), weights = sequences({steps, batch});
  Tape<double> tape;
  const auto y = weighted_sum_over_time(tape.constant(numbers), tape.constant(weights), ragged);
  expect_values(y.value(), [&](std::size_t i) {
    double sum = 0;
    for (std::size_t t = 0; t < ragged[i / width]; ++t)
      sum += weights.at({t, i / width}) * numbers.at({t, i / width, i % width});
    return sum;
  });
}

TEST_CASE("gradients over time agree with central differences", "[over_time][gradient]") {
  const auto x = finite({steps, batch, width}), scores = finite({steps, batch});
  for (const Lengths lengths : {Lengths(), Lengths(ragged)}) {
    expect_gradients([&](auto&, auto in) { return mean_over_time(in[0], lengths); }, {x});
    expect_gradients([&](auto&, auto in) { return max_over_time(in[0], lengths); }, {x});
    expect_gradients([&](auto&, auto in) { return last_over_time(in[0], lengths); }, {x});
    expect_gradients([&](auto&, auto in) { return softmax_over_time(in[0], lengths); }, {scores});
    expect_gradients([&](auto&, auto in) { return weighted_sum_over_time(in[0], in[1], lengths); }, {x, scores});
    expect_gradients(
        [&](auto&, auto in) {  // each operand has other uses
          const auto y = in[0] * in[0], weights = softmax_over_time(in[1] * 2.0, lengths);
          return std::vector<Variable<double>>{mean_over_time(y, lengths), max_over_time(y, lengths),
                                               weighted_sum_over_time(y, weights, lengths), weights * weights};
        },
        {x, scores});
  }
}

TEST_CASE("what lies beyond the end of a sequence may be anything, and gets no gradient", "[over_time]") {
  const Shape shape{steps, batch, width};
  expect_padding_ignored([](auto x) { return mean_over_time(x, ragged); }, shape);
  expect_padding_ignored([](auto x) { return max_over_time(x, ragged); }, shape);
  expect_padding_ignored([](auto x) { return last_over_time(x, ragged); }, shape);
  expect_padding_ignored([](auto x) { return softmax_over_time(x, ragged); }, {steps, batch});
  expect_padding_ignored(
      [](auto x) {
        return weighted_sum_over_time(x, x.tape().constant(finite({steps, batch})), ragged);
      },
      shape);
}

TEST_CASE("shapes and lengths that do not fit are named", "[over_time][error]") {
  Tape tape;
  const auto x = tape.zeros({3, 2, 4});
  const std::vector<std::size_t> few{1}, longer{1, 4};
  CHECK_THAT(message_of<ShapeError>([&] { mean_over_time(tape.zeros({3, 2})); }), Contains("[T, N, H]"));
  CHECK_THAT(message_of<ShapeError>([&] { max_over_time(x, few); }),
             Contains("max_over_time: 1 length given for the N=2 sequences"));
  CHECK_THAT(message_of<ArgumentError>([&] { last_over_time(x, longer); }),
             Contains("last_over_time: sequence 1 has a length of 4"));
  CHECK_THAT(message_of<ShapeError>([&] { softmax_over_time(x); }), Contains("[T, N]"));
  CHECK_THAT(message_of<ShapeError>([&] {
               weighted_sum_over_time(x, tape.zeros({2, 3}));
             }),
             Contains("the weights and the steps") && Contains("[2, 3]") && Contains("[3, 2]"));
}

TEST_CASE("weights of sequences without width have a gradient of zeros", "[over_time]") {
  Tape<double> tape;
  tape.input(Tensor<double>({100}, std::numeric_limits<double>::quiet_NaN()));  // what memory holds that is not written
  tape.clear();
  const auto x = tape.input(Tensor<double>({3, 2, 0})), weights = tape.input(Tensor<double>({3, 2}, 1));
  const std::vector<std::size_t> lengths{3, 1};
  const auto y = weighted_sum_over_time(x, weights, lengths);
  tape.backward({{y, Tensor<double>({2, 0}).view()}});
  for (const double number : weights.gradient()) CHECK(number == 0);
}
