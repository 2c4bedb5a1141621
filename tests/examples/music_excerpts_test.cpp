#include "music/excerpts.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <array>

using namespace music;

namespace {

/// A piece of so many steps, whose chords are the numbers of the steps.
Piece scale(int steps, int first = 40) {
  Piece piece;
  for (int step = 0; step < steps; ++step) piece.push_back({first + step});
  return piece;
}
std::size_t key_of(const unroll::Tensor<float>& chords, std::size_t step, std::size_t n) {
  std::size_t found = support::keys;
  for (std::size_t key = 0; key < support::keys; ++key)
    if (chords.at({step, n, key}) == 1) found = key;
  return found;
}

}  // namespace

TEST_CASE("excerpts overlap by half, reach every step, and none is longer than asked") {
  const auto excerpts = excerpts_of({scale(12)}, 4, 0);
  std::array<int, 12> predicted{};
  for (const Excerpt& excerpt : excerpts) {
    CHECK(excerpt.steps <= 4);
    for (std::size_t step = 0; step < excerpt.steps; ++step) ++predicted[excerpt.first + step + 1];
  }
  CHECK(predicted == std::array{0, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 1});
  CHECK(excerpts_of({scale(3)}, 4, 0).size() == 1);
}

TEST_CASE("pieces are transposed where no key leaves the piano") {
  const auto in_the_middle = excerpts_of({scale(3)}, 4, 5);
  CHECK(in_the_middle.size() == 11);
  const auto semitones_from = [](int first) {
    std::vector<int> found;
    for (const Excerpt& excerpt : excerpts_of({scale(3, first)}, 4, 3)) found.push_back(excerpt.semitones);
    return found;
  };
  CHECK(semitones_from(22) == std::vector{-1, 0, 1, 2, 3});
  CHECK(semitones_from(105) == std::vector{-3, -2, -1, 0, 1});
  CHECK(excerpts_of({{{}, {}}}, 4, 3).size() == 7);
}

TEST_CASE("chords are predicted from those before, in pieces of any length side by side") {
  const std::vector<Piece> pieces{scale(3, 50), scale(6, 70)};
  const std::vector<Excerpt> excerpts{{0, 0, 2, 1}, {1, 2, 3, -2}};
  const std::array<std::size_t, 2> chosen{1, 0};
  Excerpts batch;
  gather(pieces, excerpts, chosen, batch);
  CHECK(batch.count == 5);
  CHECK(batch.lengths == std::vector<std::size_t>{3, 2});
  CHECK(batch.inputs.shape() == unroll::Shape{3, 2, 88});
  for (std::size_t step = 0; step < 3; ++step) {
    CHECK(key_of(batch.inputs, step, 0) == 72 + step - 2 - 21);
    CHECK(key_of(batch.targets, step, 0) == 73 + step - 2 - 21);
  }
  for (std::size_t step = 0; step < 2; ++step) {
    CHECK(key_of(batch.inputs, step, 1) == 50 + step + 1 - 21);
    CHECK(key_of(batch.targets, step, 1) == 51 + step + 1 - 21);
  }
  const auto whole = whole_pieces(pieces);
  CHECK(whole[1].steps == 5);
}

TEST_CASE("the habits of a key are how often it goes on, and how often it begins") {
  const auto habits = habits_of_keys({{{60}, {60}, {60}, {}, {60}}});
  const std::size_t key = 60 - 21;
  CHECK(habits[key][1] == Approx((1 + 2) / (2. + 3)));  // sounded three times before a step, and twice in it
  CHECK(habits[key][0] == Approx((1 + 1) / (2. + 1)));
  CHECK(habits[0][0] == Approx(1 / (2. + 4)));
  CHECK(habits[0][1] == Approx(0.5));
}

TEST_CASE("the digest of pieces knows keys, steps and pieces apart") {
  const std::vector<std::vector<Piece>> all{{{{60}, {61}}}, {{{60, 61}}},       {{{60}}, {{61}}},
                                            {{{61}, {60}}}, {{{60}, {61}, {}}}, {}};
  std::vector<std::string> digests;
  for (const auto& pieces : all) digests.push_back(digest_of(pieces));
  CHECK(digest_of(all[0]) == digests[0]);
  std::sort(digests.begin(), digests.end());
  CHECK(std::unique(digests.begin(), digests.end()) == digests.end());
}
