#include "support/catch.hpp"
#include "support/ctc.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/ops/ctc_decoding.hpp>

using namespace unroll;
using namespace unroll::testing;
using Catch::Matchers::Contains;

namespace {

using Lists = std::vector<Symbols>;

/// Logits [T, 1, V] of which the likeliest are these classes.
Tensor<> likeliest(const Symbols& classes, std::size_t count) {
  Tensor<> logits({classes.size(), 1, count});
  for (std::size_t t = 0; t < classes.size(); ++t) logits.at({t, 0, static_cast<std::size_t>(classes[t])}) = 3;
  return logits;
}

}  // namespace

TEST_CASE("ctc_greedy merges repetitions, then removes blanks", "[ctc_greedy]") {
  CHECK(ctc_greedy(likeliest({1, 1, 0, 1, 2, 0}, 3)) == Lists{{1, 1, 2}});
  CHECK(ctc_greedy(likeliest({0, 0}, 3)) == Lists{{}});
  CHECK(ctc_greedy(likeliest({2, 2, 1, 2}, 3), 1) == Lists{{2, 2}});
  CHECK(ctc_greedy(likeliest({}, 3)) == Lists{{}});
}

TEST_CASE("ctc_greedy spells the likeliest alignment of each sequence of a batch", "[ctc_greedy]") {
  const auto logits = normal<double>(Random(1), {6, 3, 3});
  const std::vector<std::size_t> lengths{6, 0, 4};
  const auto found = ctc_greedy(logits, 0, lengths);
  REQUIRE(found.size() == 3);
  CHECK(ctc_greedy(logits)[0] == found[0]);
  for (std::size_t n = 0; n < 3; ++n) {
    Symbols best;
    double largest = -1;
    for_each_alignment(steps_of(logits, n, lengths[n]), [&](const Symbols& emitted, double probability) {
      if (probability > largest) largest = probability, best = spelled_by(emitted, 0);
    });
    CHECK(found[n] == best);
  }
}

TEST_CASE("a beam search over a batch is one over each sequence, and reads no padding", "[ctc_beam]") {
  auto logits = normal<float>(Random(2), {6, 3, 4});
  const std::vector<std::size_t> lengths{6, 0, 4};
  for (std::size_t t = 4; t < 6; ++t) logits.at({t, 2, 1}) = std::nanf("");
  const auto found = ctc_beam_search(logits, {.width = 5}, lengths);
  REQUIRE(found.size() == 3);
  for (std::size_t n = 0; n < 3; ++n) {
    CtcBeam beam({.width = 5});
    for (std::size_t t = 0; t < lengths[n]; ++t) beam.read(std::span<const float>(logits.data() + (t * 3 + n) * 4, 4));
    const auto alone = beam.hypotheses();
    REQUIRE(found[n].size() == alone.size());
    for (std::size_t i = 0; i < alone.size(); ++i) {
      CHECK(found[n][i].symbols == alone[i].symbols);
      CHECK(found[n][i].score == alone[i].score);
    }
  }
  CHECK(found[1].front().symbols.empty());
}

TEST_CASE("decoding names what does not fit", "[ctc_greedy][ctc_beam][error]") {
  const Tensor<> logits({2, 2, 3});
  const std::vector<std::size_t> one{1}, longer{1, 3};
  CHECK_THROWS_AS(ctc_greedy(Tensor<>({2, 3})), ShapeError);
  CHECK_THROWS_AS(ctc_greedy(logits, 0, one), ShapeError);
  CHECK_THROWS_WITH(ctc_greedy(logits, 0, longer), Contains("ctc_greedy: sequence 1 has a length of 3"));
  CHECK_THROWS_WITH(ctc_greedy(logits, 3), Contains("ctc_greedy: blank is 3, expected one of the V=3 classes"));
  CHECK_THROWS_WITH(ctc_greedy(Tensor<>({2, 1, 1}, {0, std::nanf("")})),
                    Contains("ctc_greedy: nan at step 1 of sequence 0"));
  CHECK_THROWS_AS(ctc_beam_search(Tensor<>({2, 3})), ShapeError);
  CHECK_THROWS_WITH(ctc_beam_search(logits, {.blank = 3}), Contains("ctc_beam_search: blank is 3"));
  CHECK_THROWS_WITH(ctc_beam_search(logits, {}, longer), Contains("ctc_beam_search: sequence 1"));
}
