#pragma once

#include "support/piano_roll.hpp"
#include <unroll/framework/tensor/tensor.hpp>

#include <string>

namespace music {

/// A piano roll as an SVG element: a key that sounds is dark. With `probabilities`, [steps, 1, 88], a key is as dark as
/// it was likely in a step, and has a dot where it sounded.
std::string draw_roll(const std::string& title, const support::Piece& piece,
                      const unroll::Tensor<float>* probabilities = nullptr);

}  // namespace music
