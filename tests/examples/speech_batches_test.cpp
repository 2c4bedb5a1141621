#include "speech/batches.hpp"
#include "support/catch.hpp"
#include "support/messages.hpp"
#include <unroll/framework/errors/error.hpp>

#include <algorithm>
#include <numeric>

using Catch::Contains;
using namespace speech;

namespace {

/// Twelve recordings of one letter each, the later ones longer.
struct Set {
  Recordings recordings{.rate = 8000, .all = {}};
  Hearing hearing{8000, 8, false};
  std::string letters = "ab";
  Alphabet alphabet{std::span(&letters, 1)};
  std::vector<std::size_t> part{0, 2, 3, 5, 7, 8, 9, 10, 11};

  Set() {
    for (std::size_t i = 0; i < 12; ++i) {
      const auto samples = unroll::uniform<float>(unroll::Random(i), {500 + 160 * i}, -1, 1);
      recordings.all.push_back({.name = "r" + std::to_string(i),
                                .speaker = "x",
                                .text = i % 2 == 0 ? "a" : "b",
                                .samples = {samples.begin(), samples.end()}});
    }
  }
  SpeechBatches batches(const audio::Augmentation& augmentation = {}) const {
    return speech_batches(recordings, part, alphabet, hearing, 4, augmentation);
  }
};

unroll::Tensor<float> sequence_of(const SpeechBatch& batch, std::size_t n) {
  const auto& shape = batch.heard.data.shape();
  unroll::Tensor<float> sequence({batch.heard.lengths[n], shape[2]});
  for (std::size_t t = 0; t < sequence.shape()[0]; ++t)
    for (std::size_t d = 0; d < shape[2]; ++d) sequence.at({t, d}) = batch.heard.data.at({t, n, d});
  return sequence;
}

}  // namespace

TEST_CASE("an epoch has each recording of its part once, as it is heard alone, with its letters") {
  const Set set;
  auto batches = set.batches();
  batches.begin_epoch(unroll::Random(1));
  std::vector<std::size_t> seen;
  SpeechBatch batch;
  for (std::size_t index = 0; index < batches.batches(); ++index)
    for (std::size_t half = 0; half < 2; ++half) {
      batches.read(index, {half, 2}, batch);
      for (std::size_t n = 0; n < batch.count; ++n) {
        const auto heard = sequence_of(batch, n);
        const auto found = std::ranges::find_if(
            set.part, [&](std::size_t i) { return heard == set.hearing(set.recordings.all[i].samples); });
        REQUIRE(found != set.part.end());
        seen.push_back(*found);
        CHECK(batch.said.lengths[n] == 1);
        CHECK(batch.said.data.at({0, n}) == (*found % 2 == 0 ? 1 : 2));
      }
    }
  std::ranges::sort(seen);
  CHECK(seen == set.part);
}

TEST_CASE("a part of a batch without recordings has none") {
  const Set set;
  auto batches = set.batches();
  batches.begin_epoch(unroll::Random(1));
  SpeechBatch batch{.heard = {}, .said = {}, .count = 7};
  batches.read(0, {8, 9}, batch);
  CHECK(batch.count == 0);
}

TEST_CASE("augmented recordings differ from epoch to epoch, and are the same whenever they are read") {
  const Set set;
  const audio::Augmentation how{.speed = 0.1, .level = 6, .noise = 10};
  const auto first_of = [&](std::uint64_t epoch, const audio::Augmentation& augmentation) {
    auto batches = set.batches(augmentation);
    batches.begin_epoch(unroll::Random(epoch));
    SpeechBatch batch;
    batches.read(0, {}, batch);
    return batch.heard.data;
  };
  CHECK(first_of(1, how) == first_of(1, how));
  CHECK(first_of(1, how).values().front() != first_of(1, {}).values().front());
  CHECK(first_of(1, how).values().front() != first_of(2, how).values().front());
  CHECK(settings_of(set.recordings, how).at("noise") == "10");
  CHECK(settings_of(set.recordings, how) != settings_of(set.recordings, {}));
}

TEST_CASE("a recording that its steps cannot spell, or with another letter, is refused by name") {
  Set set;
  const auto refusal = [&](const std::string& text) {
    set.recordings.all[3].text = text;
    return message_of<unroll::FileError>([&] { set.batches(); });
  };
  CHECK_THAT(refusal("abc"), Contains("\"r3\": \"abc\" has a letter that the alphabet, \"ab\", lacks"));
  const std::size_t steps = set.hearing.steps(set.recordings.all[3].samples.size());
  REQUIRE(steps == 5);
  CHECK_THAT(refusal("ababab"), Contains("5 steps of 20 ms cannot spell \"ababab\", expected at least 6"));
  CHECK_THAT(refusal("abaa"
                     "b"),
             Contains("expected at least 6"));
  set.recordings.all[3].text = "ababa";
  CHECK_NOTHROW(set.batches());
}
