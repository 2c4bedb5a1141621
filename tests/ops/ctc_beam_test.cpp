#include "support/catch.hpp"
#include "support/ctc.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/ops/ctc_beam.hpp>

#include <algorithm>
#include <limits>
#include <set>

using namespace unroll;
using namespace unroll::testing;
using Catch::Matchers::Contains;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// What steps [T, V] may spell.
template <class Scalar>
std::vector<CtcHypothesis> searched(const Tensor<Scalar>& logits, const CtcBeamOptions& options = {}) {
  CtcBeam beam(options);
  const std::size_t classes = logits.shape()[1];
  for (std::size_t t = 0; t < logits.shape()[0]; ++t)
    beam.read(std::span<const Scalar>(logits.data() + t * classes, classes));
  return beam.hypotheses();
}

Tensor<double> some_logits(std::uint64_t seed, const Shape& shape = {6, 3}) {
  return normal<double>(Random(seed), shape, 0, 2);
}

double score_of(std::span<const int> prefix, int symbol) {
  return 0.3 * symbol - 0.2 * static_cast<double>(prefix.size());
}

}  // namespace

TEST_CASE("a wide beam finds everything that can be spelled, with its probability", "[ctc_beam]") {
  for (const std::uint64_t seed : {1u, 2u, 3u})
    for (const int blank : {0, 1, 2}) {
      const auto logits = some_logits(seed);
      const auto expected = all_spelled(logits, blank);
      const auto found = searched(logits, {.blank = blank, .width = 1000});
      CHECK(found.size() == expected.size());
      for (const auto& [symbols, probability, score] : found) {
        CHECK(probability == Approx(std::log(expected.at(symbols))).epsilon(1e-12).margin(1e-14));
        CHECK(score == probability);
      }
      const auto likeliest =
          std::ranges::max_element(expected, [](const auto& a, const auto& b) { return a.second < b.second; });
      CHECK(found.front().symbols == likeliest->first);
      CHECK(std::ranges::is_sorted(found, [](const auto& a, const auto& b) { return a.score > b.score; }));
    }
}

TEST_CASE("a narrow beam keeps no list of symbols twice, and no more than its width", "[ctc_beam]") {
  for (std::uint64_t seed = 0; seed < 40; ++seed)
    for (const std::size_t width : {1u, 2u, 3u, 5u}) {
      const auto logits = some_logits(seed, {12, 4});
      const auto found = searched(logits, {.width = width});
      std::set<Symbols> different;
      for (const auto& hypothesis : found) {
        different.insert(hypothesis.symbols);
        const double whole = probability_of(logits, hypothesis.symbols, 0);
        CHECK(hypothesis.log_probability <= std::log(whole) + 1e-12);  // some alignments may have been left
      }
      CHECK(different.size() == found.size());
      CHECK(found.size() == width);
    }
}

TEST_CASE("a wider beam finds what the likeliest class of each step does not spell", "[ctc_beam]") {
  // Of two steps, blanks have 0.6 each: the likeliest alignment has 0.36, but "1" has 0.16 + 2 * 0.24.
  const double blank = std::log(0.6), symbol = std::log(0.4);
  const Tensor<double> logits({2, 2}, {blank, symbol, blank, symbol});
  CHECK(searched(logits).front().symbols == Symbols{1});
  CHECK(searched(logits).front().log_probability == Approx(std::log(0.64)));
  CHECK(searched(logits, {.width = 1}).front().symbols.empty());
}

TEST_CASE("scores are added for each symbol and for the end", "[ctc_beam]") {
  const auto logits = some_logits(4);
  const auto end_score = [](std::span<const int> symbols) { return symbols.size() == 2 ? -0.5 : 0.0; };
  const auto found = searched(logits, {.width = 1000, .score = score_of, .end_score = end_score});
  double best = -infinity;
  for (const auto& [symbols, probability] : all_spelled(logits, 0)) {
    double score = std::log(probability) + end_score(symbols);
    for (std::size_t s = 0; s < symbols.size(); ++s) score += score_of(std::span(symbols).first(s), symbols[s]);
    best = std::max(best, score);
    const auto same = std::ranges::find(found, symbols, &CtcHypothesis::symbols);
    REQUIRE(same != found.end());
    CHECK(same->score == Approx(score).epsilon(1e-12).margin(1e-12));
    CHECK(same->log_probability == Approx(std::log(probability)).epsilon(1e-12).margin(1e-12));
  }
  CHECK(found.front().score == Approx(best));
}

TEST_CASE("a list of words steers a narrow beam: only they are found, the likeliest first", "[ctc_beam]") {
  const std::vector<Symbols> words{{1, 2}, {1, 1, 3}, {3}, {2, 3, 1}};
  const auto begins_word = [&](const Symbols& symbols) {
    return std::ranges::any_of(words, [&](const Symbols& word) {
      return word.size() >= symbols.size() && std::equal(symbols.begin(), symbols.end(), word.begin());
    });
  };
  const auto score = [&](std::span<const int> prefix, int symbol) {
    Symbols longer(prefix.begin(), prefix.end());
    longer.push_back(symbol);
    return begins_word(longer) ? 0 : -infinity;
  };
  const auto end_score = [&](std::span<const int> symbols) {
    return std::ranges::count(words, Symbols(symbols.begin(), symbols.end())) > 0 ? 0 : -infinity;
  };
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto logits = some_logits(seed, {8, 4});
    const auto found = searched(logits, {.width = 10, .score = score, .end_score = end_score});
    REQUIRE(found.size() == words.size());
    for (const auto& [symbols, probability, total] : found)
      CHECK(probability == Approx(std::log(probability_of(logits, symbols, 0))).epsilon(1e-12));
    CHECK(std::ranges::is_sorted(found, [](const auto& a, const auto& b) { return a.score > b.score; }));
  }
}

TEST_CASE("scores are asked for once for each prefix and symbol, and never for the blank", "[ctc_beam]") {
  std::multiset<Symbols> asked;
  const auto score = [&](std::span<const int> prefix, int symbol) {
    CHECK(symbol != 2);
    Symbols longer(prefix.begin(), prefix.end());
    longer.push_back(symbol);
    asked.insert(longer);
    return 0.0;
  };
  static_cast<void>(searched(some_logits(5, {20, 4}), {.blank = 2, .width = 3, .score = score}));
  CHECK(asked.size() > 10);
  for (const Symbols& symbols : asked) CHECK(asked.count(symbols) == 1);
}

TEST_CASE("floats are read as doubles are, and a logit of -infinity is never spelled", "[ctc_beam]") {
  auto logits = normal<float>(Random(6), {6, 4}, 0, 2);
  for (std::size_t t = 0; t < 6; ++t) logits[t * 4 + 2] = -std::numeric_limits<float>::infinity();
  const auto found = searched(logits, {.width = 50}), same = searched(cast<double>(logits), {.width = 50});
  REQUIRE(found.size() == same.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    CHECK(found[i].symbols == same[i].symbols);
    CHECK(std::ranges::count(found[i].symbols, 2) == 0);
  }
}

TEST_CASE("thousands of steps neither underflow nor grow without bounds", "[ctc_beam]") {
  const auto logits = normal<double>(Random(7), {3000, 6}, 0, 3);
  const auto found = searched(logits, {.width = 4});
  CHECK(found.size() == 4);
  CHECK(std::isfinite(found.front().log_probability));
  CHECK(found.front().symbols.size() > 500);
}

TEST_CASE("before the first step there is the empty list alone, and where all is ruled out there is none",
          "[ctc_beam]") {
  const CtcBeam beam({});
  REQUIRE(beam.hypotheses().size() == 1);
  CHECK(beam.hypotheses().front().symbols.empty());
  CHECK(beam.hypotheses().front().log_probability == 0);
  const auto never = [](std::span<const int>) { return -infinity; };
  CHECK(searched(some_logits(8), {.end_score = never}).empty());
  const auto no_symbol = [](std::span<const int>, int) { return -infinity; };
  const Tensor<double> no_blank({1, 2}, {-infinity, 0});
  CHECK(searched(no_blank, {.score = no_symbol}).empty());
}

TEST_CASE("a beam names what does not fit", "[ctc_beam][error]") {
  CHECK_THROWS_WITH(CtcBeam({.width = 0}), Contains("CtcBeam: width is 0, expected at least 1"));
  CHECK_THROWS_WITH(CtcBeam({.blank = -1}), Contains("CtcBeam: blank is -1"));
  CtcBeam beam({.blank = 2});
  const std::vector<double> two{0, 1}, three{0, 1, 2};
  CHECK_THROWS_AS(beam.read(two), ArgumentError);
  CHECK_THROWS_WITH(beam.read(two), Contains("CtcBeam: blank is 2, expected one of the V=2 classes"));
  beam.read(three);
  CHECK_THROWS_AS(beam.read(two), ShapeError);
  CHECK_THROWS_WITH(beam.read(two), Contains("CtcBeam: a step of V=2 logits, expected V=3 as before"));
  CHECK_THROWS_WITH(beam.read(std::vector<double>{0, std::nan(""), 0}), Contains("CtcBeam: logit 1 is nan"));
  CHECK_THROWS_AS(beam.read(std::vector<double>{0, infinity, 0}), NumericalError);
  CHECK_THROWS_WITH(beam.read(std::vector<double>(3, -infinity)), Contains("all 3 logits of a step are -infinity"));
  const auto wrong = [](std::span<const int>, int) { return std::nan(""); };
  CHECK_THROWS_WITH(searched(some_logits(9), {.score = wrong}), Contains("CtcBeam: score gave nan"));
  const auto wrong_end = [](std::span<const int>) { return infinity; };
  CHECK_THROWS_WITH(searched(some_logits(9), {.end_score = wrong_end}), Contains("CtcBeam: end_score gave inf"));
}

TEST_CASE("a beam may be of any width", "[ctc_beam][sizes]") {
  for (const std::size_t width : {std::size_t{1}, std::size_t{1} << 31, std::size_t{1} << 62, ~std::size_t{0}})
    CHECK(searched(some_logits(10), {.width = width}).size()
          == std::min<std::size_t>(width, all_spelled(some_logits(10), 0).size()));
}
