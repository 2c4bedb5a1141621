#include "character_model/split.hpp"

#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace character_model {

Split split(const unroll::Tokens& tokens, double fraction) {
  const auto kept = static_cast<std::size_t>(std::llround(static_cast<double>(tokens.size()) * fraction));
  const std::size_t training = tokens.size() - std::min(kept, tokens.size());
  return {.training = tokens.piece(0, training), .validation = tokens.piece(training, tokens.size() - training)};
}

void expect_long_enough(const std::string& name, std::size_t characters, double fraction, std::size_t streams,
                        std::size_t steps, const std::string& steps_flag) {
  const std::size_t needed = streams * steps + 1;
  if (characters == 0)
    throw unroll::ArgumentError(
        fmt::format("{} is empty, expected at least {} characters", unroll::quoted(name), needed));
  const auto validation = static_cast<std::size_t>(std::llround(static_cast<double>(characters) * fraction));
  const std::size_t training = characters - validation;
  if (training < needed)
    throw unroll::ArgumentError(fmt::format(
        "{} is too short: {} characters to train on ({} of {} are kept for validation), expected at "
        "least {} for --batch {} x {} {}; lower --batch or {}",
        unroll::quoted(name), training, validation, characters, needed, streams, steps_flag, steps, steps_flag));
  if (fraction > 0 && validation < 2)
    throw unroll::ArgumentError(
        fmt::format("{} is too short: --validation {} keeps {} of its {} characters, expected at least 2; "
                    "raise --validation, or give 0 to keep none",
                    unroll::quoted(name), fraction, validation, characters));
}

}  // namespace character_model
