#include "support/audio/augmentation.hpp"
#include "support/catch.hpp"
#include <unroll/framework/errors/error.hpp>

#include <cmath>
#include <numbers>

using audio::at_speed, audio::augmented;
using unroll::Random;

namespace {

std::vector<float> sine(double per_sample, std::size_t count) {
  std::vector<float> samples(count);
  for (std::size_t i = 0; i < count; ++i)
    samples[i] = static_cast<float>(std::sin(per_sample * static_cast<double>(i)));
  return samples;
}
double mean_square(const std::vector<float>& samples) {
  double sum = 0;
  for (const float sample : samples) sum += static_cast<double>(sample) * sample;
  return sum / static_cast<double>(samples.size());
}

}  // namespace

TEST_CASE("a sine at another speed is a shorter or longer sine of another pitch") {
  const auto slow = sine(0.1, 4000);
  for (const double speed : {0.8, 1.25}) {
    const auto changed = at_speed(slow, speed), expected = sine(0.1 * speed, changed.size());
    CHECK(changed.size() == Approx(4000 / speed).margin(1));
    for (std::size_t i = 2; i + 4 < changed.size(); ++i) REQUIRE(changed[i] == Approx(expected[i]).margin(1e-3));
  }
  CHECK(at_speed(slow, 1) == slow);
  CHECK(at_speed({}, 2).empty());
  CHECK(at_speed(std::vector<float>{0.5F}, 2) == std::vector<float>{0.5F});
  CHECK_THROWS_AS(at_speed(slow, 0), unroll::ArgumentError);
}

TEST_CASE("a parabola is interpolated without error") {
  std::vector<float> squares(20);
  for (std::size_t i = 0; i < squares.size(); ++i) squares[i] = static_cast<float>(i * i);
  const auto halves = at_speed(squares, 0.5);
  REQUIRE(halves.size() == 39);
  for (std::size_t i = 2; i + 3 < halves.size(); ++i) CHECK(halves[i] == Approx(static_cast<double>(i * i) / 4));
}

TEST_CASE("augmentation of nothing changes nothing, and the same stream augments in the same way") {
  const auto samples = sine(0.3, 1000);
  CHECK(augmented(samples, {}, Random(1)) == samples);
  const audio::Augmentation how{.speed = 0.1, .level = 6, .noise = 10};
  CHECK(augmented(samples, how, Random(1)) == augmented(samples, how, Random(1)));
  CHECK(augmented(samples, how, Random(1)) != augmented(samples, how, Random(2)));
}

TEST_CASE("levels and lengths are within what was asked for, and reach both sides") {
  const auto samples = sine(0.3, 2000);
  double quietest = 1e9, loudest = 0, shortest = 1e9, longest = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const double level = mean_square(augmented(samples, {.level = 6}, Random(seed))) / mean_square(samples);
    const auto length = static_cast<double>(augmented(samples, {.speed = 0.25}, Random(seed)).size());
    quietest = std::min(quietest, level), loudest = std::max(loudest, level);
    shortest = std::min(shortest, length), longest = std::max(longest, length);
  }
  const double six_decibels = std::pow(10, 0.6);
  CHECK((quietest > 1 / six_decibels && quietest < 1.2 / six_decibels));
  CHECK((loudest < six_decibels && loudest > six_decibels / 1.2));
  CHECK((shortest >= 1600 && shortest < 1650));
  CHECK((longest <= 2500 && longest > 2420));
}

TEST_CASE("noise is as much quieter than the recording as was asked for, and has no mean") {
  const auto samples = sine(0.3, 20000);
  double loudest = -100;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    auto noise = augmented(samples, {.noise = 15}, Random(seed));
    double mean = 0;
    for (std::size_t i = 0; i < noise.size(); ++i) mean += noise[i] -= samples[i];
    const double decibels = 10 * std::log10(mean_square(noise) / mean_square(samples));
    CHECK(std::abs(mean / 20000) < 4 * std::sqrt(mean_square(noise) / 20000));
    CHECK((decibels < -14.9 && decibels > -60.1));
    loudest = std::max(loudest, decibels);
  }
  CHECK(loudest > -18);
}

TEST_CASE("augmentation outside its range is refused") {
  const auto samples = sine(0.3, 10);
  CHECK_THROWS_AS(augmented(samples, {.speed = -1}, Random(1)), unroll::ArgumentError);
  CHECK_THROWS_AS(augmented(samples, {.level = -1}, Random(1)), unroll::ArgumentError);
  CHECK_THROWS_AS(augmented(samples, {.noise = 61}, Random(1)), unroll::ArgumentError);
}
