#pragma once

#include <unroll/framework/tensor/tensor.hpp>

#include <complex>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

template <class Scalar>
class kissfft;

/// What a model of speech hears: how loud each band of frequencies is in each hundredth of a second. This is a library
/// of its own, and none of unroll's, so that who wants recurrent networks without sound does not need an FFT.
namespace audio {

/// The mel scale, on which steps sound alike: 2595 log10(1 + f / 700) for a frequency in Hz (O'Shaughnessy 1987, and
/// the HTK book, equation 5.13).
double mel_of(double frequency);
/// The frequency in Hz: 700 (10^(mel / 2595) - 1).
double frequency_of(double mel);

/// The window of Hann, 0.5 - 0.5 cos(2 pi i / size), which fades a frame in and out; periodic, so that windows that
/// overlap by half add up to 1.
std::vector<float> hann_window(std::size_t size);

/// |X_k|^2 of the Fourier transform X_k = sum_i x_i exp(-2 pi sqrt(-1) i k / size), for k from 0 to size / 2.
class PowerSpectrum {
 public:
  /// For frames of an even number of samples. Throws unroll::ArgumentError for another size.
  explicit PowerSpectrum(std::size_t size);
  ~PowerSpectrum();
  PowerSpectrum(PowerSpectrum&&) noexcept;

  /// `size` samples -> size / 2 + 1 powers. Several threads may call it at once. Throws unroll::ShapeError for another
  /// number of either.
  void operator()(std::span<const float> frame, std::span<float> powers) const;

 private:
  std::unique_ptr<kissfft<float>> transform_;
  std::size_t size_;
};

/// Triangular filters, evenly spaced on the mel scale, over the powers of a spectrum: [filters, powers]. Filter m rises
/// from 0 at the center of filter m - 1 to 1 at its own, and falls to 0 at that of filter m + 1, linearly in mel (the
/// HTK book, section 5.4), so that between the outermost centers the filters of a frequency add up to 1.
unroll::Tensor<float> mel_filters(std::size_t filters, std::size_t powers, std::uint32_t rate, double low, double high);

/// How a sound is cut and heard.
struct LogMelOptions {
  std::uint32_t rate = 8000;  // samples a second
  std::size_t filters = 40;
  double window = 0.025, step = 0.01;  // seconds
  double low = 60;                     // Hz; the highest frequency is half the rate
};

/// Logarithms of the powers that mel filters let through, frame by frame.
class LogMel {
 public:
  /// Throws unroll::ArgumentError for options that leave a filter without a frequency, or a window without samples.
  explicit LogMel(const LogMelOptions& options);

  std::size_t filters() const { return filters_.shape()[0]; }
  std::size_t window() const { return window_.size(); }  // samples of a frame
  std::size_t step() const { return step_; }             // samples from frame to frame
  /// How many whole frames some samples hold.
  std::size_t frames(std::size_t samples) const;
  /// One frame of window() samples -> filters() numbers. Several threads may call it at once.
  void frame(std::span<const float> samples, std::span<float> to) const;
  /// All whole frames: [frames, filters].
  unroll::Tensor<float> operator()(std::span<const float> samples) const;

 private:
  std::vector<float> window_;
  std::size_t step_, size_;  // of the transform: the power of two at or above the window
  PowerSpectrum spectrum_;
  unroll::Tensor<float> filters_;
  std::vector<std::size_t> first_, last_;  // of each filter, the powers that it lets through
};

/// How the numbers of each column change from row to row, [T, D] -> [T, D]: d_t = sum_k k (x_{t+k} - x_{t-k}) /
/// (2 sum_k k^2), k from 1 to `reach`, the slope of a line through the rows around t (the HTK book, equation 5.16). The
/// first and the last row stand for those beyond.
unroll::Tensor<float> deltas(const unroll::Tensor<float>& rows, std::size_t reach = 2);

}  // namespace audio
