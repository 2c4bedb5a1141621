#include "support/audio/log_mel.hpp"

#include <unroll/framework/errors/error.hpp>

#include <fmt/format.h>
#include <kissfft/kissfft.hh>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

namespace audio {

namespace {

using unroll::ArgumentError, unroll::ShapeError, unroll::Tensor;

std::size_t samples_of(double seconds, std::uint32_t rate) {
  return static_cast<std::size_t>(std::lround(seconds * rate));
}

const LogMelOptions& checked(const LogMelOptions& options) {
  if (samples_of(options.window, options.rate) < 2 || samples_of(options.step, options.rate) < 1)
    throw ArgumentError(fmt::format(
        "LogMel: windows of {} s every {} s at {} Hz, expected at least 2 samples in a window and 1 in a step",
        options.window, options.step, options.rate));
  return options;
}

}  // namespace

double mel_of(double frequency) { return 2595 * std::log10(1 + frequency / 700); }
double frequency_of(double mel) { return 700 * (std::pow(10, mel / 2595) - 1); }

std::vector<float> hann_window(std::size_t size) {
  std::vector<float> window(size);
  for (std::size_t i = 0; i < size; ++i)
    window[i] = static_cast<float>(
        0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(size)));
  return window;
}

PowerSpectrum::PowerSpectrum(std::size_t size) : size_(size) {
  if (size == 0 || size % 2 != 0)
    throw ArgumentError(fmt::format("PowerSpectrum: frames of {} samples, expected an even number", size));
  transform_ = std::make_unique<kissfft<float>>(size / 2, false);
}
PowerSpectrum::~PowerSpectrum() = default;
PowerSpectrum::PowerSpectrum(PowerSpectrum&&) noexcept = default;

void PowerSpectrum::operator()(std::span<const float> frame, std::span<float> powers) const {
  if (frame.size() != size_ || powers.size() != size_ / 2 + 1)
    throw ShapeError(fmt::format("PowerSpectrum: {} samples to {} powers, expected {} to {}", frame.size(),
                                 powers.size(), size_, size_ / 2 + 1));
  std::vector<std::complex<float>> half(size_ / 2);
  transform_->transform_real(frame.data(), half.data());
  powers.front() = half[0].real() * half[0].real();  // kissfft puts both real numbers into the first one
  powers.back() = half[0].imag() * half[0].imag();
  for (std::size_t k = 1; k < half.size(); ++k) powers[k] = std::norm(half[k]);
}

Tensor<float> mel_filters(std::size_t filters, std::size_t powers, std::uint32_t rate, double low, double high) {
  if (filters == 0 || powers < 2 || !(low >= 0) || !(low < high) || !(high <= rate / 2.))
    throw ArgumentError(fmt::format(
        "mel_filters: {} filters of {} powers from {} to {} Hz at {} Hz, expected at least 1 filter, 2 powers, and two "
        "frequencies in order, at most half the rate",
        filters, powers, low, high, rate));
  const double first = mel_of(low), distance = (mel_of(high) - first) / static_cast<double>(filters + 1);
  Tensor<float> weights({filters, powers});
  for (std::size_t m = 0; m < filters; ++m) {
    double sum = 0;
    for (std::size_t k = 0; k < powers; ++k) {
      const double mel = mel_of(static_cast<double>(k) * rate / 2 / static_cast<double>(powers - 1));
      const double from_center = std::abs(mel - first - static_cast<double>(m + 1) * distance) / distance;
      sum += weights.at({m, k}) = static_cast<float>(std::max(0., 1 - from_center));
    }
    if (sum == 0)
      throw ArgumentError(fmt::format("mel_filters: filter {} of {} lets no frequency through: {} powers are too few",
                                      m, filters, powers));
  }
  return weights;
}

LogMel::LogMel(const LogMelOptions& options)
    : window_(hann_window(samples_of(checked(options).window, options.rate))),
      step_(samples_of(options.step, options.rate)),
      size_(std::bit_ceil(window_.size())),
      spectrum_(size_),
      filters_(mel_filters(options.filters, size_ / 2 + 1, options.rate, options.low, options.rate / 2.)) {
  for (std::size_t m = 0; m < filters(); ++m) {
    const auto row = filters_.values().subspan(m * filters_.shape()[1], filters_.shape()[1]);
    const auto lets_through = [](float weight) { return weight > 0; };
    first_.push_back(static_cast<std::size_t>(std::ranges::find_if(row, lets_through) - row.begin()));
    last_.push_back(
        static_cast<std::size_t>(std::find_if(row.rbegin(), row.rend(), lets_through).base() - row.begin()));
  }
}

std::size_t LogMel::frames(std::size_t samples) const {
  return samples < window() ? 0 : (samples - window()) / step_ + 1;
}

void LogMel::frame(std::span<const float> samples, std::span<float> to) const {
  if (samples.size() != window() || to.size() != filters())
    throw ShapeError(fmt::format("LogMel: {} samples to {} numbers, expected {} to {}", samples.size(), to.size(),
                                 window(), filters()));
  std::vector<float> faded(size_), powers(size_ / 2 + 1);
  std::ranges::transform(samples, window_, faded.begin(), std::multiplies<>());
  spectrum_(faded, powers);
  constexpr float least = 1e-6F;  // about what rounding to 16 bit leaves in a frame; silence has a logarithm, too
  for (std::size_t m = 0; m < filters(); ++m) {
    const float* const weights = filters_.data() + m * powers.size();
    float sum = least;
    for (std::size_t k = first_[m]; k < last_[m]; ++k) sum += weights[k] * powers[k];
    to[m] = std::log(sum);
  }
}

Tensor<float> LogMel::operator()(std::span<const float> samples) const {
  Tensor<float> rows({frames(samples.size()), filters()});
  for (std::size_t t = 0; t < rows.shape()[0]; ++t)
    frame(samples.subspan(t * step_, window()), rows.values().subspan(t * filters(), filters()));
  return rows;
}

Tensor<float> deltas(const Tensor<float>& rows, std::size_t reach) {
  if (rows.shape().rank() != 2 || reach == 0)
    throw ShapeError(fmt::format("deltas: rows {} and a reach of {}, expected [T, D] and at least 1",
                                 to_string(rows.shape()), reach));
  const std::size_t steps = rows.shape()[0], width = rows.shape()[1];
  Tensor<float> slopes(rows.shape());
  double squares = 0;
  for (std::size_t k = 1; k <= reach; ++k) squares += static_cast<double>(k * k);
  for (std::size_t t = 0; t < steps; ++t)
    for (std::size_t d = 0; d < width; ++d) {
      double sum = 0;
      for (std::size_t k = 1; k <= reach; ++k) {
        const std::size_t after = std::min(t + k, steps - 1), before = t < k ? 0 : t - k;
        sum += static_cast<double>(k) * (rows[after * width + d] - rows[before * width + d]);
      }
      slopes[t * width + d] = static_cast<float>(sum / 2 / squares);
    }
  return slopes;
}

}  // namespace audio
