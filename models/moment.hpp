#pragma once

#include <unroll/models/dropout.hpp>

#include <cstddef>

namespace unroll::inline v0 {

/// What a step may know beside its input and its state: where it is in time, and while training where its random
/// numbers come from. The noise is that of the whole sequence: `noise->split(step)` is new at every step, the noise
/// itself the same at all of them.
struct Moment {
  Noise noise{};
  std::size_t step = 0;

  Moment after(std::size_t steps) const { return {noise, step + steps}; }
};

}  // namespace unroll::inline v0
