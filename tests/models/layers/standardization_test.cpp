#include "support/messages.hpp"
#include "support/ops.hpp"
#include "support/sizes.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/optimizers/adam.hpp>
#include <unroll/models/files/module_from.hpp>
#include <unroll/models/layers/linear.hpp>
#include <unroll/models/layers/standardization.hpp>
#include <unroll/ops/losses.hpp>

using namespace unroll;
using namespace unroll::testing;
using Catch::Contains;

namespace {

using Size = std::size_t;

/// Data of three columns that differ in mean and deviation.
template <class Scalar>
Tensor<Scalar> some_data() {
  auto data = normal<Scalar>(Random(1), {50, 4, 3});
  for (std::size_t i = 0; i < data.size(); ++i)
    data[i] = data[i] * Scalar(i % 3 == 0 ? 0.01 : i % 3 == 1 ? 5 : 300) + Scalar(i % 3 == 1 ? -20 : 7);
  return data;
}

/// Mean and deviation of a column, by their definitions.
template <class Scalar>
std::pair<double, double> of_column(const Tensor<Scalar>& data, std::size_t d, std::size_t width) {
  double sum = 0, squares = 0, count = 0;
  for (std::size_t i = d; i < data.size(); i += width) sum += static_cast<double>(data[i]), ++count;
  for (std::size_t i = d; i < data.size(); i += width)
    squares += std::pow(static_cast<double>(data[i]) - sum / count, 2);
  return {sum / count, std::sqrt(squares / count)};
}

struct Forecaster {
  Standardization<> standardize;
  Linear<> output;
  Variable<> operator()(Variable<> x) const { return output(standardize(x)); }
  static void members(auto& self, auto&& visit) {
    visit("standardize", self.standardize), visit("output", self.output);
  }
};

}  // namespace

TEMPLATE_TEST_CASE("a standardization has the means and the deviations of its data", "[standardization]", float,
                   double) {
  const auto data = some_data<TestType>();
  const Standardization standardize(data);
  for (std::size_t d = 0; d < 3; ++d) {
    const auto [mean, deviation] = of_column(data, d, 3);
    CHECK(static_cast<double>(standardize.mean.value()[d]) == Approx(mean).epsilon(1e-6));
    CHECK(static_cast<double>(standardize.deviation.value()[d]) == Approx(deviation).epsilon(1e-6));
    const auto [shifted, scaled] = of_column(standardize(data), d, 3);
    CHECK(std::abs(shifted) < (std::is_same_v<TestType, float> ? 1e-3 : 1e-11));  // the float mean of 7 ± 0.01
    CHECK(scaled == Approx(1).epsilon(1e-5));
  }
}

TEST_CASE("the deviation of 2, 4, 4, 4, 5, 5, 7, 9 is 2, and their mean is 5", "[standardization]") {
  const Standardization standardize(Tensor<>({8, 1}, {2, 4, 4, 4, 5, 5, 7, 9}));
  CHECK(standardize.mean.value()[0] == 5);
  CHECK(standardize.deviation.value()[0] == 2);
  CHECK(standardize(Tensor<>({2, 1}, {9, 2})) == Tensor<>({2, 1}, {2, -1.5f}));
  CHECK(standardize.inverse(Tensor<>({2, 1}, {2, -1.5f})) == Tensor<>({2, 1}, {9, 2}));
}

TEMPLATE_TEST_CASE("a column that does not vary becomes 0, and comes back", "[standardization]", float, double) {
  const auto constant = static_cast<TestType>(GENERATE(0.0, 0.1, -1e30, 1e-30, 16777216.0));
  Tensor<TestType> data({100003, 2}, constant);  // so many that a sum of them is rounded
  for (std::size_t row = 0; row < 100003; ++row) data[2 * row] = static_cast<TestType>(row);
  const Standardization standardize(data);
  CHECK(standardize.mean.value()[1] == constant);
  CHECK(standardize.deviation.value()[1] == 1);
  const Tensor<TestType> rows({2, 2}, {0, constant, 100002, constant});
  const auto found = standardize(rows);
  CHECK(found[1] == 0);
  CHECK(found[3] == 0);
  CHECK(found[0] == Approx(-std::sqrt(3)).epsilon(1e-4));
  CHECK(standardize.inverse(found)[3] == constant);
}

TEST_CASE("a column that varies by less than its numbers are rounded by counts as constant", "[standardization]") {
  Tensor<> data({1000, 1}, 1e6f);
  data[17] = std::nextafter(1e6f, 2e6f);
  const Standardization standardize(data);
  CHECK(standardize.deviation.value()[0] == 1);
  for (const float number : standardize(data)) CHECK(std::abs(number) <= 0.125f);  // and not of hundreds of deviations
}

TEMPLATE_TEST_CASE("numbers as large and as small as there are have a mean and a deviation", "[standardization]", float,
                   double) {
  const auto largest = std::numeric_limits<TestType>::max(), least = std::numeric_limits<TestType>::min();
  const Standardization standardize(
      Tensor<TestType>({2, 4}, {largest, largest, 3 * least, least, -largest, largest / 2, least, least}));
  CHECK(standardize.mean.value()[0] == 0);
  CHECK(standardize.deviation.value()[0] == largest);
  CHECK(standardize.mean.value()[1] == Approx(0.75 * static_cast<double>(largest)));
  CHECK(standardize.deviation.value()[1] / largest == Approx(0.25));
  CHECK(standardize.mean.value()[2] / least == Approx(2));
  CHECK(standardize.deviation.value()[2] / least == Approx(1));
  CHECK(standardize.mean.value()[3] == least);
  CHECK(standardize.deviation.value()[3] == 1);
}

TEST_CASE("of sequences with lengths only the steps that exist count, and padding may hold anything",
          "[standardization]") {
  const std::vector<std::size_t> lengths{2, 0, 3};
  auto data = normal<double>(Random(1), {3, 3, 2, 2});
  std::vector<double> existing;
  for (std::size_t row = 0; row < 18; ++row)
    for (std::size_t d = 0; d < 2; ++d)
      if (row / 6 < lengths[row % 6 / 2])
        existing.push_back(data[2 * row + d]);
      else
        data[2 * row + d] = std::nan("");
  REQUIRE(existing.size() == 20);
  const Standardization found(data, lengths), expected(Tensor<double>({10, 2}, existing));
  CHECK(found.mean.value() == expected.mean.value());
  CHECK(found.deviation.value() == expected.deviation.value());
}

TEST_CASE("standardized on a tape, numbers are the same and their gradient is that of the data", "[standardization]") {
  const auto data = some_data<double>();
  const Standardization standardize(data);
  Tape<double> tape;
  const auto x = tape.input(data);
  CHECK(Tensor<double>(standardize(x).value()) == standardize(data));
  CHECK(Tensor<double>(standardize.inverse(x).value()) == standardize.inverse(data));
  expect_gradients(
      [&](auto&, auto in) {
        return std::vector{standardize(in[0]), standardize.inverse(in[0])};
      },
      {normal<double>(Random(2), {2, 3})});
}

TEST_CASE("inverse takes back what standardizing has done", "[standardization]") {
  const auto data = some_data<double>();
  const Standardization standardize(data);
  const auto back = standardize.inverse(standardize(data));
  for (std::size_t i = 0; i < data.size(); ++i) CHECK(back[i] == Approx(data[i]).epsilon(1e-12).margin(1e-12));
}

TEST_CASE("a model's file keeps its standardization, and a module of its sizes is made from it", "[standardization]") {
  const TemporaryDirectory folder;
  const auto data = some_data<float>();
  const Forecaster model{Standardization(data), Linear<>({.inputs = 3, .outputs = 2}, Random(1))};
  save_module(folder / "model.safetensors", model);
  Forecaster loaded{Standardization<>({.width = 3}), Linear<>({.inputs = 3, .outputs = 2}, Random(2))};
  load_module(folder / "model.safetensors", loaded);
  CHECK(loaded.standardize(data) == model.standardize(data));
  Tape tape;
  const auto x = tape.constant(data);
  CHECK(Tensor<>(loaded(x).value()) == Tensor<>(model(x).value()));

  const auto alone = module_from<Standardization<>>(folder / "model.safetensors", {.prefix = "standardize."});
  CHECK(alone(data) == model.standardize(data));
  CHECK(alone.mean.frozen);
  CHECK(loaded.standardize.deviation.frozen);
}

TEST_CASE("training leaves a standardization as it is", "[standardization]") {
  const auto data = some_data<float>();
  Forecaster model{Standardization(data), Linear<>({.inputs = 3, .outputs = 2}, Random(1))};
  const auto before = to_safetensors(model).tensors;
  const auto parameters = parameters_of(model);
  AdamW<> adam({.weight_decay = 0.5});
  for (int step = 0; step < 3; ++step) {
    Tape tape;
    tape.backward(mean_squared_error(model(tape.constant(data)), Tensor<>({50, 4, 2})), parameters);
    adam.update(parameters);
  }
  const auto after = to_safetensors(model).tensors;
  CHECK(after.at("standardize.mean") == before.at("standardize.mean"));
  CHECK(after.at("standardize.deviation") == before.at("standardize.deviation"));
  CHECK_FALSE(after.at("output.weight") == before.at("output.weight"));
}

TEST_CASE("a standardization of other scalars has the same numbers", "[standardization]") {
  const Standardization standardize(some_data<float>());
  const Standardization<double> wide(standardize);
  const Standardization<DualNumber> dual(wide);
  for (std::size_t d = 0; d < 3; ++d) {
    CHECK(wide.mean.value()[d] == static_cast<double>(standardize.mean.value()[d]));
    CHECK(dual.deviation.value()[d].value == wide.deviation.value()[d]);
  }
  CHECK(dual.mean.frozen);
  CHECK(Standardization(cast<DualNumber>(some_data<double>())).mean.value()[1].value
        == Standardization(some_data<double>()).mean.value()[1]);
}

TEST_CASE("a standardization names data that it cannot be made from", "[standardization][error]") {
  const auto refusal = [](const Tensor<>& data, Lengths lengths = {}) {
    return [&data, lengths] { Standardization(data, lengths); };
  };
  const std::vector<std::size_t> none{0, 0}, longer{1, 3};
  CHECK_THAT(message_of<ShapeError>(refusal(Tensor<>(Shape{}))), Contains("data of shape [] given, expected [..., D]"));
  CHECK_THAT(message_of<ArgumentError>(refusal(Tensor<>({3, 0}))), Contains("Standardization: width = 0 given"));
  CHECK_THAT(message_of<ArgumentError>(refusal(Tensor<>({0, 3}))),
             Contains("data [0, 3] has no rows that count, expected at least 1"));
  CHECK_THAT(message_of<ArgumentError>(refusal(Tensor<>({0, 2147483647}))), Contains("has no rows that count"));
  CHECK_THAT(message_of<ArgumentError>(refusal(Tensor<>({2, 2, 3}), none)), Contains("data [2, 2, 3] has no rows"));
  CHECK_THAT(message_of<ArgumentError>(refusal(Tensor<>({2, 2, 3}), longer)),
             Contains("Standardization: sequence 1 has a length of 3"));
  CHECK_THAT(message_of<ShapeError>(refusal(Tensor<>({2, 2}), none)),
             Contains("data of shape [2, 2] with lengths given, expected [T, N, ..., D]"));
  CHECK(message_of<NumericalError>(refusal(Tensor<>({2, 2}, {0, 1, 2, std::nanf("")})))
        == "Standardization: nan at [1, 1] of [2, 2], expected finite numbers (does it mark a missing value? fill it in "
           "first)");
  CHECK_THAT(message_of<ArgumentError>([] { Standardization<>({.width = 0}); }), Contains("width = 0 given"));
}

TEST_CASE("a standardization names numbers of another width", "[standardization][error]") {
  const Standardization<> standardize({.width = 3});
  CHECK(message_of<ShapeError>([&] {
          standardize(Tensor<>({5, 2}));
        })
        == "Standardization: [5, 2] given, expected [..., D=3], the columns of the data that it was made from");
  CHECK_THAT(message_of<ShapeError>([&] { standardize.inverse(Tensor<>(Shape{})); }),
             Contains("Standardization::inverse: [] given, expected [..., D=3]"));
}

TEST_CASE("sizes that were computed wrong do not confuse a standardization", "[standardization][sizes]") {
  expect_outcomes({
      {"width", "x.xxxx", [](Size n) { return Standardization<>({.width = n}).mean.shape() == Shape{n}; }},
      {"data, rows", "xxxxxx",
       [](Size n) {
         Standardization(Tensor<>({n, 0}));
         return false;
       }},
      {"data, columns", "xxxxxx",
       [](Size n) {
         Standardization(Tensor<>({0, n}));
         return false;
       }},
      {"length", "x.xxxx",
       [](Size n) {
         const std::array<Size, 1> lengths{n};
         return Standardization(Tensor<>({1, 1, 1}, 5), lengths).mean.value()[0] == 5;
       }},
      {"numbers", "......",
       [](Size n) {
         return Standardization<>({.width = 1})(Tensor<>({0, n, 1})).shape() == Shape{0, n, 1};
       }},
  });
}
