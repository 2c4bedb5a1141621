#include "speech/hearing.hpp"
#include "support/catch.hpp"
#include <unroll/framework/tensor/random.hpp>

#include <cmath>

using speech::Hearing, speech::HearingStream;
using unroll::Tensor;

TEST_CASE("a step is two frames of logarithms beside their deltas") {
  const Hearing hearing(8000, 20, false);
  const auto samples = unroll::uniform<float>(unroll::Random(1), {1000}, -1, 1);
  const auto rows = hearing.log_mel()(samples.values());
  const auto slopes = audio::deltas(rows);
  const auto heard = hearing(samples.values());
  REQUIRE(rows.shape()[0] == 11);
  REQUIRE(heard.shape() == unroll::Shape{5, 80});
  CHECK(hearing.width() == 80);
  CHECK(hearing.steps(1000) == 5);
  for (std::size_t t = 0; t < 10; ++t)
    for (std::size_t m = 0; m < 20; ++m) {
      CHECK(heard.at({t / 2, t % 2 * 40 + m}) == rows.at({t, m}));
      CHECK(heard.at({t / 2, t % 2 * 40 + 20 + m}) == slopes.at({t, m}));
    }
}

TEST_CASE("what is heard by recording has a mean of 0 and a variance of 1, however loud it was") {
  const Hearing hearing(8000, 20, true);
  auto samples = unroll::uniform<float>(unroll::Random(1), {1960}, -0.1, 0.1);
  const auto heard = hearing(samples.values());
  const std::size_t steps = heard.shape()[0];
  for (std::size_t d = 0; d < 40; ++d) {
    double sum = 0, squares = 0;
    for (std::size_t t = 0; t < steps; ++t)
      for (const std::size_t frame : {0, 40}) {
        const double x = heard.at({t, frame + d});
        sum += x, squares += x * x;
      }
    CHECK(sum / static_cast<double>(2 * steps) == Approx(0).margin(0.2));  // a last frame that has no pair counts, too
    CHECK(squares / static_cast<double>(2 * steps) == Approx(1).margin(0.4));
  }
  for (float& sample : samples) sample *= 8;
  const auto louder = hearing(samples.values());
  for (std::size_t i = 0; i < heard.size(); ++i) CHECK(louder[i] == Approx(heard[i]).margin(0.01));
}

TEST_CASE("a sound that is too short for a step has none") {
  for (const bool by_recording : {false, true}) {
    const Hearing hearing(8000, 20, by_recording);
    for (const std::size_t samples : {0, 100, 250})
      CHECK(hearing(std::vector<float>(samples)).shape() == unroll::Shape{0, 80});
  }
}

TEST_CASE("a stream is heard as the whole is, whatever pieces it comes in") {
  const Hearing hearing(8000, 20, false);
  for (const std::size_t size : {0, 199, 360, 1000, 1081}) {
    const auto samples = unroll::uniform<float>(unroll::Random(size), {size}, -1, 1);
    const auto whole = hearing(samples.values());
    for (const std::size_t piece : {1, 80, 333, 2000}) {
      HearingStream stream(hearing);
      std::vector<float> heard;
      const auto append = [&](const Tensor<float>& steps) { heard.insert(heard.end(), steps.begin(), steps.end()); };
      for (std::size_t first = 0; first < size; first += piece)
        append(stream.push(samples.values().subspan(first, std::min(piece, size - first))));
      append(stream.finish());
      CAPTURE(size, piece);
      CHECK(heard == std::vector<float>(whole.begin(), whole.end()));
    }
  }
}

TEST_CASE("a step of a stream is known two frames after its last one") {
  const Hearing hearing(8000, 20, false);
  HearingStream stream(hearing);
  CHECK(stream.push(std::vector<float>(200 + 2 * 80)).shape()[0] == 0);  // three frames
  CHECK(stream.push(std::vector<float>(79)).shape()[0] == 0);
  CHECK(stream.push(std::vector<float>(1)).shape()[0] == 1);  // the fourth
  CHECK(stream.finish().shape()[0] == 1);
}
