#pragma once

#include <unroll/framework/tensor/random.hpp>

#include <span>
#include <vector>

namespace audio {

/// How much recordings may differ from what was recorded, so that a model learns from more voices and rooms than there
/// are. 0 and none: not at all.
struct Augmentation {
  double speed = 0;   // 0.1: from 1 / 1.1 to 1.1 times as fast, and with it as high
  double level = 0;   // 6: from 6 dB quieter to 6 dB louder
  double noise = 60;  // 15: white noise that is 15 to 60 dB quieter than the recording; 60: none
};

/// Samples `speed` times as fast, by cubic interpolation (Catmull and Rom 1974): the pitch rises with it, as with a
/// tape. Throws unroll::ArgumentError unless the speed is above 0.
std::vector<float> at_speed(std::span<const float> samples, double speed);

/// A recording, augmented as the numbers of a stream say: the same for the same stream. Throws unroll::ArgumentError
/// for a speed or a level below 0, and a noise outside [0, 60].
std::vector<float> augmented(std::span<const float> samples, const Augmentation& how, const unroll::Random& random);

}  // namespace audio
