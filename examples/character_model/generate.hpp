#pragma once

#include "character_model/model.hpp"
#include <unroll/ops/sampling.hpp>

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

namespace character_model {

/// Reads a prompt and writes `length` characters that may follow it, piece by piece, as valid UTF-8. For an empty
/// prompt the model reads the most frequent character of its training text, which is not written. The same seed writes
/// the same text.
void write_text(const LoadedModel& loaded, std::span<const int> prompt, std::uint64_t length,
                const unroll::Sampling& sampling, std::uint64_t seed,
                const std::function<void(std::string_view)>& write);

}  // namespace character_model
