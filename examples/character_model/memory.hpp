#pragma once

#include "character_model/settings.hpp"
#include <unroll/models/training/truncated.hpp>

#include <string>

/// How much memory a job will take, estimated before it starts. Estimates are doubles, which cannot overflow.
namespace character_model {

struct MemoryNeeds {
  double parameters;   // bytes: weights, their gradients, the optimizer's moments, the copies of each thread
  double activations;  // bytes: the steps of a window on the tapes of all threads, and older weights
  double total() const { return parameters + activations; }
};

/// For training on streams of `stream` characters; the batch is split among `threads` rings of tapes.
MemoryNeeds training_memory(const Settings& settings, std::size_t vocabulary, std::uint64_t batch,
                            const unroll::Truncation& truncation, std::uint64_t stream, std::uint64_t threads);
/// For running a model without gradients; the batch is split among `threads` tapes.
MemoryNeeds running_memory(const Settings& settings, std::size_t vocabulary, std::uint64_t batch, std::uint64_t steps,
                           std::uint64_t threads);

/// Throws unroll::ArgumentError when the available memory is not enough, and says what takes the most; `steps_flag` is
/// the flag that sets the steps that tapes keep.
void expect_memory(const MemoryNeeds& needs, double available, const std::string& steps_flag = "--steps");

}  // namespace character_model
