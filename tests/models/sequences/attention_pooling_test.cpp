#include "support/messages.hpp"
#include "support/ops.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/sequences/attention_pooling.hpp>
#include <unroll/ops.hpp>

using namespace unroll;
using namespace unroll::testing;
using Catch::Matchers::Contains;

namespace {

const std::vector<std::size_t> ragged{2, 0, 4, 1};
constexpr std::size_t inputs = 3, hidden = 5, queries = 2;

/// The weights of one sequence, by the formula.
std::vector<double> naive_weights(const AttentionPooling<double>& pool, const Tensor<double>& x, std::size_t n,
                                  const double* query) {
  std::vector<double> weights;
  double sum = 0;
  for (std::size_t t = 0; t < ragged[n]; ++t) {
    double score = 0;
    for (std::size_t a = 0; a < hidden; ++a) {
      double answer = pool.bias.value()[a];
      for (std::size_t i = 0; i < inputs; ++i) answer += pool.weight.value().at({a, i}) * x.at({t, n, i});
      for (std::size_t i = 0; query != nullptr && i < queries; ++i)
        answer += pool.query_weight.value().at({a, i}) * query[i];
      score += pool.score_weight.value()[a] * std::tanh(answer);
    }
    weights.push_back(std::exp(score));
    sum += weights.back();
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

}  // namespace

TEST_CASE("attention is the softmax of the scores over the steps that exist, and pools by it", "[attention]") {
  const bool asked = GENERATE(false, true);
  const AttentionPooling<double> pool({.inputs = inputs, .hidden = hidden, .query = asked ? queries : 0}, Random(1));
  auto numbers = normal<double>(Random(2), {4, 4, inputs});
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (i / 12 >= ragged[i % 12 / inputs]) numbers[i] = std::nan("");
  const auto asking = normal<double>(Random(3), {4, queries});
  Tape<double> tape;
  const auto x = tape.input(numbers), query = asked ? tape.constant(asking) : Variable<double>();
  const auto pooled = pool(Sequence{x, ragged}, query), weights = pool.weights({x, ragged}, query);
  REQUIRE(pooled.shape() == Shape{4, inputs});
  REQUIRE(weights.shape() == Shape{4, 4});
  for (std::size_t n = 0; n < 4; ++n) {
    const auto expected = naive_weights(pool, numbers, n, asked ? asking.data() + n * queries : nullptr);
    for (std::size_t t = 0; t < 4; ++t) CHECK(near(weights.value()[t * 4 + n], t < ragged[n] ? expected[t] : 0));
    for (std::size_t i = 0; i < inputs; ++i) {
      double sum = 0;
      for (std::size_t t = 0; t < ragged[n]; ++t) sum += expected[t] * numbers.at({t, n, i});
      CHECK(near(pooled.value()[n * inputs + i], sum));
    }
  }
  tape.backward(sum(square(pooled)));
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (std::isnan(numbers[i])) CHECK(x.gradient()[i] == 0);
}

TEST_CASE("attention: gradients agree with central differences", "[attention][gradient]") {
  for (const Lengths lengths : {Lengths(), Lengths(ragged)})
    for (const std::size_t width : {0u, 2u}) {
      AttentionPooling<double> pool({.inputs = inputs, .hidden = hidden, .query = width}, Random(1));
      CHECK(parameters_of<double>(pool).size() == (width == 0 ? 3 : 4));
      const auto report = check_gradients(
          [&](auto&, auto in) {
            return width == 0 ? pool(Sequence{in[0], lengths}) : pool(Sequence{in[0], lengths}, in[1]);
          },
          {normal<double>(Random(2), {4, 4, inputs}), normal<double>(Random(3), {4, queries})},
          parameters_of<double>(pool));
      INFO(report);
      CHECK(report.passed());
    }
}

TEST_CASE("pooling takes a Sequence", "[attention]") {
  Tape tape;
  const auto x = tape.constant(counting({4, 4, 1}));
  CHECK(numbers_of(mean_over_time(Sequence{x, ragged})) == std::vector<float>{2, 0, 8, 3});
  CHECK(numbers_of(max_over_time(Sequence{x, ragged})) == std::vector<float>{4, 0, 14, 3});
  CHECK(numbers_of(last_over_time(Sequence{x, ragged})) == std::vector<float>{4, 0, 14, 3});
}

TEST_CASE("attention names a query that is missing or not asked for, and what does not fit", "[attention][error]") {
  const AttentionPooling<> plain({.inputs = 3, .hidden = 5}, Random(1));
  const AttentionPooling<> asking({.inputs = 3, .hidden = 5, .query = 2}, Random(1));
  Tape tape;
  const Sequence x{tape.zeros({4, 4, 3}), ragged};
  CHECK_THAT(message_of<ArgumentError>([&] { asking(x); }), Contains("no query given, expected one [N, Q]"));
  CHECK_THAT(message_of<ArgumentError>([&] {
               plain(x, tape.zeros({4, 2}));
             }),
             Contains("a query given, expected none"));
  CHECK_THAT(message_of<ShapeError>([&] { asking(x, tape.zeros({3, 2})); }), Contains("one query for each sequence"));
  CHECK_THAT(message_of<ShapeError>([&] { plain({tape.zeros({4, 3}), ragged}); }), Contains("[T, N, H]"));
  CHECK_THAT(message_of<ArgumentError>([&] { AttentionPooling<>({.inputs = 3, .hidden = 0}, Random(1)); }),
             Contains("AttentionPooling: hidden = 0"));
}
