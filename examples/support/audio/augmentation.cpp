#include "support/audio/augmentation.hpp"

#include <unroll/framework/errors/argument_range.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace audio {

namespace {

constexpr double no_noise = 60;  // dB

/// A number in [-1, 1).
double either_way(const unroll::Random& random, std::uint64_t position) { return 2 * random.uniform(position) - 1; }

double from_decibels(double decibels) { return std::pow(10, decibels / 20); }

double root_mean_square(std::span<const float> samples) {
  double sum = 0;
  for (const float sample : samples) sum += static_cast<double>(sample) * sample;
  return std::sqrt(sum / static_cast<double>(std::max<std::size_t>(samples.size(), 1)));
}

/// Adds white noise of a root mean square, each number being equally likely.
void add_noise(std::span<float> samples, double loudness, const unroll::Random& random) {
  std::vector<std::uint32_t> bits(samples.size());
  random.fill_bits(0, bits);
  const double scale = loudness * std::sqrt(3.) / 2147483648.;  // a number even in [-1, 1] has a deviation of 1 / √3
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] += static_cast<float>(scale * bits[i] - scale * 2147483648.);
}

}  // namespace

std::vector<float> at_speed(std::span<const float> samples, double speed) {
  unroll::expect_in("at_speed", "speed", speed, unroll::positive);
  if (samples.empty()) return {};
  const auto last = static_cast<std::ptrdiff_t>(samples.size()) - 1;
  const auto at = [&](std::ptrdiff_t i) {
    return static_cast<double>(samples[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(i, 0, last))]);
  };
  std::vector<float> changed(static_cast<std::size_t>(static_cast<double>(last) / speed) + 1);
  for (std::size_t i = 0; i < changed.size(); ++i) {
    const double place = static_cast<double>(i) * speed;
    const auto before = static_cast<std::ptrdiff_t>(place);
    const double x = place - static_cast<double>(before);
    const double a = at(before - 1), b = at(before), c = at(before + 1), d = at(before + 2);
    changed[i] = static_cast<float>(b + x / 2 * (c - a + x * (2 * a - 5 * b + 4 * c - d + x * (3 * (b - c) + d - a))));
  }
  return changed;
}

std::vector<float> augmented(std::span<const float> samples, const Augmentation& how, const unroll::Random& random) {
  unroll::expect_in("augmented", "speed", how.speed, unroll::not_negative);
  unroll::expect_in("augmented", "level", how.level, unroll::not_negative);
  unroll::expect_in("augmented", "noise", how.noise, {.low = 0, .high = no_noise});
  std::vector<float> changed = at_speed(samples, std::pow(1 + how.speed, either_way(random, 0)));
  const double louder = from_decibels(how.level * either_way(random, 1));
  for (float& sample : changed) sample = static_cast<float>(sample * louder);
  if (how.noise < no_noise) {
    const double quieter = how.noise + (no_noise - how.noise) * random.uniform(2);
    add_noise(changed, root_mean_square(changed) * from_decibels(-quieter), random.split(3));
  }
  return changed;
}

}  // namespace audio
