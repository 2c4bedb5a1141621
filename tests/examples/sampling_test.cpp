#include "character_model/sampling.hpp"

#include "support/catch.hpp"
#include <unroll/framework/errors/error.hpp>

#include <cmath>
#include <limits>
#include <map>

using namespace character_model;
using unroll::Random;

namespace {

/// Logits of given probabilities, moved by a number that softmax does not see.
std::vector<float> logits_of(const std::vector<double>& probabilities) {
  std::vector<float> logits;
  for (const double p : probabilities) logits.push_back(static_cast<float>(std::log(p) + 100));
  return logits;
}

std::map<int, double> distribution_of(const Sampling& sampling, const std::vector<double>& probabilities) {
  const auto logits = logits_of(probabilities);
  Sampler sampler(sampling, Random(1));
  std::map<int, double> result;
  for (const auto& [token, probability] : sampler.distribution(logits)) result[token] = probability;
  return result;
}

const std::vector<double> four{0.1, 0.4, 0.2, 0.3};

}  // namespace

TEST_CASE("without cuts the distribution is softmax") {
  const auto found = distribution_of({}, four);
  for (int token = 0; token < 4; ++token)
    CHECK(found.at(token) == Approx(four[static_cast<std::size_t>(token)]).epsilon(1e-5));
}

TEST_CASE("the temperature raises probabilities to its inverse") {
  const auto found = distribution_of({.temperature = 0.5}, four);  // squares, normalized
  for (int token = 0; token < 4; ++token)
    CHECK(found.at(token) == Approx(std::pow(four[static_cast<std::size_t>(token)], 2) / 0.3).epsilon(1e-5));
  CHECK(distribution_of({.temperature = 1e6}, four).at(0) == Approx(0.25).epsilon(1e-3));
}

TEST_CASE("temperature 0 takes the likeliest, and the first of equals") {
  CHECK(distribution_of({.temperature = GENERATE(0.0, 1e-30, 1e-6)}, four) == std::map<int, double>{{1, 1.0}});
  CHECK(distribution_of({.temperature = 0}, {0.2, 0.4, 0.4}) == std::map<int, double>{{1, 1.0}});
}

TEST_CASE("top-k keeps exactly the k likeliest") {
  CHECK(distribution_of({.top_k = 1}, four) == std::map<int, double>{{1, 1.0}});
  const auto two = distribution_of({.top_k = 2}, four);
  CHECK(two.size() == 2);
  CHECK(two.at(1) == Approx(4.0 / 7));
  CHECK(two.at(3) == Approx(3.0 / 7));
  CHECK(distribution_of({.top_k = 1000}, four).size() == 4);
  // Of equal ones the first are kept: the cut is of size k, whatever the ties.
  CHECK(distribution_of({.top_k = 2}, {0.25, 0.25, 0.25, 0.25}) == std::map<int, double>{{0, 0.5}, {1, 0.5}});
}

TEST_CASE("top-p keeps the smallest set that reaches p") {
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

TEST_CASE("top-p counts what top-k left") {
  // Of 0.4 and 0.3, the first is 4/7 of the whole: more than half.
  CHECK(distribution_of({.top_k = 2, .top_p = 0.5}, four).size() == 1);
}

TEST_CASE("tokens are drawn as often as they are likely") {
  const auto logits = logits_of(four);
  Sampler sampler({}, Random(7));
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

TEST_CASE("the same seed and position draw the same token") {
  const auto logits = logits_of(four);
  Sampler one({}, Random(3)), two({}, Random(3));
  for (std::uint64_t position = 100; position-- > 0;) one.draw(logits, position);
  for (std::uint64_t position = 0; position < 100; ++position)
    CHECK(one.draw(logits, position) == two.draw(logits, position));
}

TEST_CASE("logits far apart neither overflow nor become NaN") {
  Sampler sampler({.temperature = 1e-5}, Random(1));
  const std::vector<float> logits{-3e38f, 3e38f, 0};
  CHECK(sampler.draw(logits, 0) == 1);
}

TEST_CASE("logits that are not finite are refused") {
  Sampler sampler({}, Random(1));
  const std::vector<float> logits{
      0, GENERATE(std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity())};
  CHECK_THROWS_AS(sampler.draw(logits, 0), unroll::NumericalError);
  CHECK_THROWS_WITH(sampler.draw(logits, 0), Catch::Contains("token 1"));
}
