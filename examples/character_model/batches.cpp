#include "character_model/batches.hpp"

#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace character_model {

Split split(std::span<const int> tokens, double fraction) {
  const auto kept = static_cast<std::size_t>(std::llround(static_cast<double>(tokens.size()) * fraction));
  const std::size_t training = tokens.size() - std::min(kept, tokens.size());
  return {.training = tokens.first(training), .validation = tokens.subspan(training)};
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

Streams::Streams(std::span<const int> tokens, std::size_t count, std::size_t steps)
    : tokens_(tokens),
      count_(count),
      steps_(steps),
      length_(tokens.empty() || count == 0 ? 0 : (tokens.size() - 1) / count) {
  if (count == 0 || steps == 0) throw unroll::ArgumentError("streams: 0 streams or steps given, expected 1 or more");
  if (length_ == 0)
    throw unroll::ArgumentError(
        fmt::format("streams: {} characters given, expected at least {}: a character and its next one for each of {} "
                    "streams",
                    tokens.size(), count + 1, count));
}

std::size_t Streams::steps(std::size_t window) const { return std::min(steps_, length_ - window * steps_); }

void Streams::read(std::size_t window, std::size_t first, std::size_t count, unroll::Tensor<int>& inputs,
                   unroll::Tensor<int>& targets) const {
  const unroll::Shape shape{steps(window), count};
  for (auto* tensor : {&inputs, &targets})
    if (tensor->shape() != shape) tensor->assign({tokens_.data(), shape});  // any numbers: read() overwrites them
  for (std::size_t t = 0; t < shape[0]; ++t)
    for (std::size_t n = 0; n < count; ++n) {
      const std::size_t at = (first + n) * length_ + window * steps_ + t;
      inputs[t * count + n] = tokens_[at];
      targets[t * count + n] = tokens_[at + 1];
    }
}

std::size_t streams_for_measuring(std::size_t tokens) { return std::clamp<std::size_t>(tokens / 512, 1, 64); }

}  // namespace character_model
