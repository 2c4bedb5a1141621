#pragma once

#include "support/audio/log_mel.hpp"
#include <unroll/framework/tensor/tensor.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace speech {

/// What a model hears of a sound: steps of two frames side by side, each frame with its logarithms of mel filters and
/// their deltas.
class Hearing {
 public:
  /// `by_recording` brings each column to mean 0 and variance 1 over a recording, which no stream can do.
  Hearing(std::uint32_t rate, std::size_t filters, bool by_recording);

  /// The width of a step.
  std::size_t width() const { return 4 * log_mel_.filters(); }
  /// How many steps so many samples have.
  std::size_t steps(std::size_t samples) const { return log_mel_.frames(samples) / 2; }
  /// [steps, width]
  unroll::Tensor<float> operator()(std::span<const float> samples) const;
  const audio::LogMel& log_mel() const { return log_mel_; }

 private:
  audio::LogMel log_mel_;
  bool by_recording_;
};

/// The same for sound that is still going on: the steps are those of the whole.
class HearingStream {
 public:
  /// Keeps a reference to a Hearing that is not by recording.
  explicit HearingStream(const Hearing& hearing) : hearing_(hearing) {}

  /// Takes samples, and gives the steps that are known now, [steps, width]: two frames later than they were said, for
  /// the deltas.
  unroll::Tensor<float> push(std::span<const float> samples);
  /// The last steps.
  unroll::Tensor<float> finish();

 private:
  unroll::Tensor<float> steps_until(std::size_t frame);

  const Hearing& hearing_;
  std::vector<float> samples_;            // from the next frame on
  std::deque<std::vector<float>> rows_;   // log-mel of the last frames
  std::size_t first_row_ = 0, step_ = 0;  // the frame that rows_ begins with, and the next step
};

}  // namespace speech
