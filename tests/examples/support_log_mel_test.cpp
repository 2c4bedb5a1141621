#include "support/audio/log_mel.hpp"
#include "support/catch.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tensor/random.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

using audio::LogMel, audio::PowerSpectrum;
using unroll::Random, unroll::Tensor;

namespace {

std::vector<float> sine(double frequency, double rate, std::size_t count) {
  std::vector<float> samples(count);
  for (std::size_t i = 0; i < count; ++i)
    samples[i] = static_cast<float>(std::sin(2 * std::numbers::pi * frequency / rate * static_cast<double>(i)));
  return samples;
}

}  // namespace

TEST_CASE("a window of Hann is 0 at its beginning and 1 in its middle, and overlapping ones add up to 1") {
  const auto window = audio::hann_window(200);
  CHECK(window[0] == 0);
  CHECK(window[50] == Approx(0.5));
  CHECK(window[100] == 1);
  for (std::size_t i = 0; i < 100; ++i) CHECK(window[i] + window[i + 100] == Approx(1));
}

TEST_CASE("a power spectrum is that of the sums which define it") {
  for (const std::size_t size : {2, 6, 20, 64}) {
    const auto frame = unroll::normal<float>(Random(size), {size});
    std::vector<float> powers(size / 2 + 1);
    PowerSpectrum{size}(frame.values(), powers);
    for (std::size_t k = 0; k < powers.size(); ++k) {
      std::complex<double> sum = 0;
      for (std::size_t i = 0; i < size; ++i)
        sum += std::polar<double>(frame[i],
                                  -2 * std::numbers::pi * static_cast<double>(i * k) / static_cast<double>(size));
      CHECK(powers[k] == Approx(std::norm(sum)).epsilon(1e-4).margin(1e-4));
    }
  }
}

TEST_CASE("a power spectrum keeps the energy, as Parseval says") {
  const auto frame = unroll::normal<float>(Random(3), {256});
  std::vector<float> powers(129);
  PowerSpectrum{256}(frame.values(), powers);
  double in_time = 0, in_frequency = powers.front() + powers.back();
  for (const float x : frame) in_time += static_cast<double>(x) * x;
  for (std::size_t k = 1; k < 128; ++k) in_frequency += 2. * powers[k];  // and its mirror image
  CHECK(in_frequency / 256 == Approx(in_time));
}

TEST_CASE("a power spectrum is made of frames of an even size alone") {
  CHECK_THROWS_AS(PowerSpectrum(0), unroll::ArgumentError);
  CHECK_THROWS_AS(PowerSpectrum(7), unroll::ArgumentError);
  std::vector<float> powers(5), frame(7);
  CHECK_THROWS_AS(PowerSpectrum(8)(frame, powers), unroll::ShapeError);
}

TEST_CASE("the mel scale has 1000 at 1000 Hz, and is undone") {
  CHECK(audio::mel_of(0) == 0);
  CHECK(audio::mel_of(700) == Approx(2595 * std::log10(2)));
  CHECK(audio::mel_of(1000) == Approx(1000).margin(0.02));
  for (const double frequency : {20., 440., 3999.})
    CHECK(audio::frequency_of(audio::mel_of(frequency)) == Approx(frequency));
}

TEST_CASE("the mel filters of a frequency add up to 1 between the outermost centers, and each has its triangle") {
  const std::size_t filters = 10, powers = 129;
  const auto weights = audio::mel_filters(filters, powers, 8000, 100, 4000);
  const double first = audio::mel_of(100), distance = (audio::mel_of(4000) - first) / 11;
  for (std::size_t k = 0; k < powers; ++k) {
    double sum = 0;
    const double mel = audio::mel_of(4000. * static_cast<double>(k) / 128);
    for (std::size_t m = 0; m < filters; ++m) sum += weights.at({m, k});
    CAPTURE(k);
    if (mel >= first + distance && mel <= first + 10 * distance) CHECK(sum == Approx(1));
    if (mel <= first) CHECK(sum == 0);
  }
  const double middle = first + 4.5 * distance;  // between filters 3 and 4
  const auto k = static_cast<std::size_t>(audio::frequency_of(middle) / 4000 * 128);
  CHECK(weights.at({3, k})
        == Approx(1 - (audio::mel_of(4000. * static_cast<double>(k) / 128) - first - 4 * distance) / distance));
}

TEST_CASE("mel filters that let nothing through, or are beyond half the rate, are refused") {
  CHECK_THROWS_AS(audio::mel_filters(80, 17, 8000, 0, 4000), unroll::ArgumentError);
  CHECK_THROWS_AS(audio::mel_filters(4, 129, 8000, 0, 5000), unroll::ArgumentError);
  CHECK_THROWS_AS(audio::mel_filters(4, 129, 8000, 500, 400), unroll::ArgumentError);
  CHECK_THROWS_AS(audio::mel_filters(0, 129, 8000, 0, 4000), unroll::ArgumentError);
  CHECK_THROWS_AS(LogMel({.step = 0}), unroll::ArgumentError);
}

TEST_CASE("a sine is loudest in the band of its frequency, in every frame") {
  for (const std::uint32_t rate : {8000U, 16000U}) {
    const LogMel log_mel({.rate = rate, .filters = 20});
    const double distance = (audio::mel_of(rate / 2.) - audio::mel_of(60)) / 21;
    for (const std::size_t band : {3, 10, 17}) {
      const double frequency = audio::frequency_of(audio::mel_of(60) + static_cast<double>(band + 1) * distance);
      const auto rows = log_mel(sine(frequency, rate, rate));
      REQUIRE(rows.shape() == unroll::Shape{98, 20});
      for (std::size_t t = 0; t < 98; ++t) {
        const auto row = rows.values().subspan(t * 20, 20);
        CHECK(std::max_element(row.begin(), row.end()) - row.begin() == static_cast<std::ptrdiff_t>(band));
        CHECK(row[band] - row[(band + 10) % 20] > 7);  // by 30 dB
      }
    }
  }
}

TEST_CASE("a sound ten times as loud has logarithms that are log 100 greater, and silence has finite ones") {
  const LogMel log_mel({});
  auto samples = unroll::uniform<float>(Random(1), {8000}, -0.1, 0.1);
  const auto quiet = log_mel(samples.values());
  for (float& sample : samples) sample *= 10;
  const auto loud = log_mel(samples.values());
  for (std::size_t i = 0; i < quiet.size(); ++i) REQUIRE(loud[i] - quiet[i] == Approx(std::log(100)).epsilon(1e-3));
  for (const float number : log_mel(std::vector<float>(400))) CHECK(number == Approx(std::log(1e-6)));
}

TEST_CASE("frames are whole, and begin a step apart") {
  const LogMel log_mel({});
  CHECK(log_mel.window() == 200);
  CHECK(log_mel.step() == 80);
  CHECK(log_mel.frames(0) == 0);
  CHECK(log_mel.frames(199) == 0);
  CHECK(log_mel.frames(200) == 1);
  CHECK(log_mel.frames(279) == 1);
  CHECK(log_mel.frames(280) == 2);
  const auto samples = unroll::uniform<float>(Random(1), {1000}, -1, 1);
  const auto all = log_mel(samples.values());
  const auto later = log_mel(samples.values().subspan(160));
  for (std::size_t i = 0; i < later.size(); ++i) CHECK(later[i] == all[i + 2 * 40]);
  std::vector<float> to(39);
  CHECK_THROWS_AS(log_mel.frame(samples.values().subspan(0, 200), to), unroll::ShapeError);
}

TEST_CASE("the deltas of a line are its slope, those of a parabola its derivative, and those of a constant 0") {
  Tensor<float> rows({12, 3});
  for (std::size_t t = 0; t < 12; ++t) {
    const auto x = static_cast<float>(t);
    rows.at({t, 0}) = 3 * x - 5, rows.at({t, 1}) = x * x, rows.at({t, 2}) = 7;
  }
  for (const std::size_t reach : {1, 2, 3}) {
    const auto slopes = audio::deltas(rows, reach);
    for (std::size_t t = reach; t + reach < 12; ++t) {
      CHECK(slopes.at({t, 0}) == Approx(3));
      CHECK(slopes.at({t, 1}) == Approx(2. * static_cast<double>(t)));
    }
    for (std::size_t t = 0; t < 12; ++t) CHECK(slopes.at({t, 2}) == 0);
  }
  const auto slopes = audio::deltas(rows, 2);  // by hand at the beginning: (1 (5 - 5 + 3) + 2 (6)) / 10
  CHECK(slopes.at({0, 0}) == Approx(1.5));
  CHECK(slopes.at({11, 0}) == Approx(1.5));
  CHECK_THROWS_AS(audio::deltas(rows, 0), unroll::ShapeError);
  CHECK_THROWS_AS(audio::deltas(Tensor<float>({3})), unroll::ShapeError);
}
