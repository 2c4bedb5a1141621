#include "support/messages.hpp"
#include "support/sizes.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/ops/sampling.hpp>

#include <cmath>
#include <limits>
#include <map>

using namespace unroll;
using namespace unroll::testing;
using Catch::Contains;

namespace {

using Size = std::size_t;
constexpr double infinity = std::numeric_limits<double>::infinity();

/// Logits of given probabilities, moved by a number that softmax does not see.
std::vector<float> logits_of(const std::vector<double>& probabilities) {
  std::vector<float> logits;
  for (const double p : probabilities) logits.push_back(static_cast<float>(std::log(p) + 100));
  return logits;
}

std::map<int, double> distribution_of(const Sampling& sampling, const std::vector<double>& probabilities) {
  const auto logits = logits_of(probabilities);
  CategoricalSampler sampler(sampling, Random(1));
  std::map<int, double> result;
  for (const auto& [token, probability] : sampler.distribution(logits)) result[token] = probability;
  return result;
}

const std::vector<double> four{0.1, 0.4, 0.2, 0.3};

}  // namespace

TEST_CASE("without cuts the distribution is softmax", "[sampling]") {
  const auto found = distribution_of({}, four);
  for (int token = 0; token < 4; ++token)
    CHECK(found.at(token) == Approx(four[static_cast<std::size_t>(token)]).epsilon(1e-5));
}

TEST_CASE("the temperature raises probabilities to its inverse", "[sampling]") {
  const auto found = distribution_of({.temperature = 0.5}, four);  // squares, normalized
  for (int token = 0; token < 4; ++token)
    CHECK(found.at(token) == Approx(std::pow(four[static_cast<std::size_t>(token)], 2) / 0.3).epsilon(1e-5));
  CHECK(distribution_of({.temperature = 1e6}, four).at(0) == Approx(0.25).epsilon(1e-3));
}

TEST_CASE("temperature 0 takes the likeliest, and the first of equals", "[sampling]") {
  CHECK(distribution_of({.temperature = GENERATE(0.0, 1e-30, 1e-6)}, four) == std::map<int, double>{{1, 1.0}});
  CHECK(distribution_of({.temperature = 0}, {0.2, 0.4, 0.4}) == std::map<int, double>{{1, 1.0}});
}

TEST_CASE("top-k keeps exactly the k likeliest", "[sampling]") {
  CHECK(distribution_of({.top_k = 1}, four) == std::map<int, double>{{1, 1.0}});
  const auto two = distribution_of({.top_k = 2}, four);
  CHECK(two.size() == 2);
  CHECK(two.at(1) == Approx(4.0 / 7));
  CHECK(two.at(3) == Approx(3.0 / 7));
  CHECK(distribution_of({.top_k = 1000}, four).size() == 4);
  // Of equal ones the first are kept: the cut is of size k, whatever the ties.
  CHECK(distribution_of({.top_k = 2}, {0.25, 0.25, 0.25, 0.25}) == std::map<int, double>{{0, 0.5}, {1, 0.5}});
}

TEST_CASE("top-p keeps the smallest set that reaches p", "[sampling]") {
  const auto kept = [](double p) { return distribution_of({.top_p = p}, four).size(); };
  CHECK(kept(1e-9) == 1);
  CHECK(kept(0.39) == 1);
  CHECK(kept(0.41) == 2);  // 0.4 + 0.3
  CHECK(kept(0.69) == 2);
  CHECK(kept(0.71) == 3);
  CHECK(kept(0.91) == 4);
  CHECK(kept(1) == 4);
  CHECK(distribution_of({.top_p = 0.5}, four).at(1) == Approx(4.0 / 7));
}

TEST_CASE("top-p counts what top-k left", "[sampling]") {
  // Of 0.4 and 0.3, the first is 4/7 of the whole: more than half.
  CHECK(distribution_of({.top_k = 2, .top_p = 0.5}, four).size() == 1);
}

TEST_CASE("tokens are drawn as often as they are likely", "[sampling]") {
  const auto logits = logits_of(four);
  CategoricalSampler sampler({}, Random(7));
  constexpr int draws = 20000;
  std::vector<double> counts(4);
  for (std::uint64_t position = 0; position < draws; ++position)
    ++counts[static_cast<std::size_t>(sampler.draw(logits, position))];
  double chi_square = 0;
  for (std::size_t token = 0; token < 4; ++token) {
    const double expected = four[token] * draws;
    chi_square += std::pow(counts[token] - expected, 2) / expected;
  }
  CHECK(chi_square < 16.27);  // 3 degrees of freedom, one in a thousand
}

TEST_CASE("the same seed and position draw the same token", "[sampling]") {
  const auto logits = logits_of(four);
  CategoricalSampler one({}, Random(3)), two({}, Random(3));
  for (std::uint64_t position = 100; position-- > 0;) one.draw(logits, position);
  for (std::uint64_t position = 0; position < 100; ++position)
    CHECK(one.draw(logits, position) == two.draw(logits, position));
}

TEST_CASE("logits far apart neither overflow nor become NaN", "[sampling]") {
  CategoricalSampler sampler({.temperature = 1e-5}, Random(1));
  const std::vector<float> logits{-3e38f, 3e38f, 0};
  CHECK(sampler.draw(logits, 0) == 1);
}

TEST_CASE("a logit of -infinity marks a token that is never chosen", "[sampling]") {
  const std::vector<double> logits{0, -infinity, 1, -infinity};
  const Sampling sampling = GENERATE(Sampling{}, Sampling{.temperature = 1e6}, Sampling{.top_k = 3},
                                     Sampling{.top_p = 0.999999}, Sampling{.temperature = 0});
  CategoricalSampler sampler(sampling, Random(1));
  for (const auto& [token, probability] : sampler.distribution(logits)) {
    CHECK(token % 2 == 0);
    CHECK(probability > 0);
  }
  for (std::uint64_t position = 0; position < 200; ++position) CHECK(sampler.draw(logits, position) % 2 == 0);
}

TEST_CASE("the probabilities sum to 1, whatever the cuts", "[sampling]") {
  const auto logits = normal<float>(Random(1), {1000}, 0, 3);
  for (const double temperature : {0.1, 1.0, 30.0})
    for (const std::size_t top_k : {0, 1, 7, 999, 5000})
      for (const double top_p : {0.01, 0.9, 1.0}) {
        CategoricalSampler sampler({.temperature = temperature, .top_k = top_k, .top_p = top_p}, Random(1));
        double sum = 0, previous = 1;
        for (const auto& [token, probability] : sampler.distribution(logits.values())) {
          CHECK(probability <= previous);
          sum += previous = probability;
        }
        CHECK(sum == Approx(1).epsilon(1e-12));
      }
}

TEST_CASE("the kept tokens are those of the whole order, however they are found", "[sampling]") {
  auto logits = normal<float>(Random(2), {300});
  for (float& logit : logits) logit = std::round(4 * logit);  // many equal ones
  CategoricalSampler all({}, Random(1)), some({.top_k = 41}, Random(1));
  const auto whole = all.distribution(logits.values()), part = some.distribution(logits.values());
  REQUIRE(whole.size() == 300);
  REQUIRE(part.size() == 41);
  for (std::size_t i = 0; i < 41; ++i) CHECK(part[i].token == whole[i].token);
  for (std::size_t i = 1; i < 300; ++i) {
    const auto a = static_cast<std::size_t>(whole[i - 1].token), b = static_cast<std::size_t>(whole[i].token);
    CHECK((logits[a] > logits[b] || (logits[a] == logits[b] && a < b)));
  }
}

TEST_CASE("draw goes through the distribution, though it does not sort all of it", "[sampling]") {
  auto logits = normal<float>(Random(4), {2000});
  for (float& logit : logits) logit = std::round(8 * logit) / 8;
  const Sampling sampling =
      GENERATE(Sampling{}, Sampling{.temperature = 1e3}, Sampling{.temperature = 0.1}, Sampling{.top_k = 1500},
               Sampling{.temperature = 4, .top_p = 0.97}, Sampling{.top_k = 700, .top_p = 0.5});
  CategoricalSampler sampler(sampling, Random(5)), other(sampling, Random(5));
  const auto distribution = other.distribution(logits.values());
  for (std::uint64_t position = 0; position < 300; ++position) {
    double reached = 0;
    std::size_t i = 0;
    while (i + 1 < distribution.size() && (reached += distribution[i].probability) <= Random(5).uniform(position)) ++i;
    CHECK(sampler.draw(logits.values(), position) == distribution[i].token);
  }
}

TEST_CASE("categorical chooses for each row by its own random number", "[sampling]") {
  const auto logits = normal<float>(Random(3), {4, 5, 7});
  const auto tokens = categorical(Random(9), logits, {.temperature = 0.7, .top_k = 5});
  REQUIRE(tokens.shape() == Shape{4, 5});
  CategoricalSampler sampler({.temperature = 0.7, .top_k = 5}, Random(9));
  for (std::size_t row = 0; row < 20; ++row)
    CHECK(tokens[row] == sampler.draw(logits.values().subspan(7 * row, 7), row));
  CHECK(categorical(Random(9), cast<double>(logits), {.temperature = 0.7, .top_k = 5}) == tokens);
  CHECK(categorical(Random(1), Tensor<>({3}, {0, 50, 0})) == Tensor<int>({}, {1}));
  CHECK(categorical(Random(1), Tensor<>({0, 3})).shape() == Shape{0});
}

TEST_CASE("categorical with temperature 0 is the likeliest token of each row", "[sampling]") {
  const Tensor<> logits({2, 3}, {1, 3, 3, -1, -2, -3});
  CHECK(categorical(Random(1), logits, {.temperature = 0}) == Tensor<int>({2}, {1, 0}));
}

TEMPLATE_TEST_CASE("bernoulli gives 1 as often as its probability says", "[sampling]", float, double) {
  constexpr std::size_t draws = 20000;
  for (const double probability : {0.0, 0.02, 0.5, 0.9, 1.0}) {
    const auto found = bernoulli(Random(5), Tensor<TestType>({draws}, probability));
    double ones = 0;
    for (const TestType number : found) {
      CHECK((number == 0 || number == 1));
      ones += static_cast<double>(number);
    }
    const double deviation = std::sqrt(draws * probability * (1 - probability));
    CHECK(std::abs(ones - draws * probability) <= 3.3 * deviation);  // one in a thousand
  }
}

TEST_CASE("bernoulli chooses element i by the random number at position i", "[sampling]") {
  const auto probabilities = uniform<double>(Random(1), {3, 5});
  const auto found = bernoulli(Random(2), probabilities);
  REQUIRE(found.shape() == Shape{3, 5});
  for (std::size_t i = 0; i < 15; ++i) CHECK(found[i] == (Random(2).uniform(i) < probabilities[i] ? 1 : 0));
  CHECK(bernoulli(Random(2), Tensor<>({0, 2})).shape() == Shape{0, 2});
  CHECK(bernoulli(Random(2), Tensor<>(Shape{}, 1)) == Tensor<>(Shape{}, 1));
}

TEST_CASE("bernoulli refuses what is no probability", "[sampling][error]") {
  const auto refusal = [](float number) {
    return message_of<ArgumentError>([=] { bernoulli(Random(1), Tensor<>({1, 2}, {0.5f, number})); });
  };
  CHECK(refusal(1.5f)
        == "bernoulli: 1.5 at [0, 1] of [1, 2], expected a probability in [0, 1] (are these logits? sigmoid makes "
           "probabilities of them)");
  CHECK_THAT(refusal(-0.25f), Contains("-0.25 at [0, 1]"));
  CHECK_THAT(refusal(std::nanf("")), Contains("nan at [0, 1]"));
}

TEST_CASE("logits that are NaN or infinity are refused", "[sampling][error]") {
  CategoricalSampler sampler({}, Random(1));
  const std::vector<float> logits{
      0, GENERATE(std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity())};
  CHECK_THROWS_AS(sampler.draw(logits, 0), unroll::NumericalError);
  CHECK_THROWS_WITH(sampler.draw(logits, 0), Catch::Contains("token 1"));
  CHECK_THROWS_WITH(sampler.draw(logits, 0), Contains("expected a number or -infinity (are the model's weights"));
  CHECK(sampler.draw(std::vector<float>{0, 100}, 0) == 1);  // and the next ones are drawn
}

TEST_CASE("no token that may be chosen, and no token at all, are refused", "[sampling][error]") {
  CategoricalSampler sampler({.temperature = GENERATE(0.0, 1.0)}, Random(1));
  CHECK_THAT(message_of<NumericalError>([&] { sampler.draw(std::vector<double>(3, -infinity), 0); }),
             Contains("all 3 logits are -infinity"));
  CHECK_THAT(message_of<ArgumentError>([&] { sampler.draw(std::vector<float>(), 0); }), Contains("no logits given"));
  CHECK_THAT(message_of<ShapeError>([] {
               categorical(Random(1), Tensor<>({2, 0}));
             }),
             Contains("categorical: logits [2, 0] given, expected [..., V] with V from 1 to 2147483647"));
  CHECK_THROWS_AS(categorical(Random(1), Tensor<>(Shape{})), ShapeError);
}

TEST_CASE("options of sampling outside their range are refused", "[sampling][error]") {
  const auto refusal = [](const Sampling& sampling) {
    return message_of<ArgumentError>([&] { CategoricalSampler(sampling, Random(1)); });
  };
  for (const double temperature : {-1.0, infinity, std::nan("")})
    CHECK_THAT(refusal({.temperature = temperature}), Contains("sampling: temperature is"));
  for (const double top_p : {0.0, -0.5, 1.5, std::nan("")})
    CHECK_THAT(refusal({.top_p = top_p}), Contains("sampling: top_p is") && Contains("in (0, 1]"));
  CHECK_THROWS_AS(categorical(Random(1), Tensor<>({2}), {.top_p = 0}), ArgumentError);
}

TEST_CASE("sizes that were computed wrong do not confuse samplers", "[sampling][sizes]") {
  expect_outcomes({
      {"categorical, V", "x.xxxx",
       [](Size n) {
         return categorical(Random(1), Tensor<>({0, n})).size() == 0;
       }},
      {"categorical, top_k", "......",
       [](Size n) {
         return categorical(Random(1), Tensor<>({1, 2}, {0, 99}), {.top_k = n}) == Tensor<int>({1}, {1});
       }},
      {"categorical, rows", "xxxxxx",
       [](Size n) {
         return categorical(Random(1), Tensor<>({n, 0})).size() == n;
       }},
      {"bernoulli", "......",
       [](Size n) {
         return bernoulli(Random(1), Tensor<>({n, 0})).shape() == Shape{n, 0};
       }},
      {"draw, position", "......",
       [](Size n) {
         return CategoricalSampler({}, Random(1)).draw(std::vector<float>{0, 99}, n) == 1;
       }},
  });
}
