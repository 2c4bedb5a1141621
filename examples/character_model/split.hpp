#pragma once

#include <unroll/models/trainer/tokens.hpp>

#include <cstddef>
#include <string>

namespace character_model {

/// The beginning of a text, for training, and its end, for validation. No character is in both: the first target of the
/// validation part is its second character.
struct Split {
  unroll::Tokens training, validation;
};

/// Keeps the last `fraction` of the tokens for validation.
Split split(const unroll::Tokens& tokens, double fraction);

/// Throws unroll::ArgumentError unless the training part fills one window of every stream, and the validation part, if
/// its fraction is above 0, has a character to predict. The error says how long the text `name` is, how long it must
/// be, and which flag to lower; `steps_flag` is the flag that sets the steps.
void expect_long_enough(const std::string& name, std::size_t characters, double fraction, std::size_t streams,
                        std::size_t steps, const std::string& steps_flag = "--steps");

}  // namespace character_model
