#pragma once

#include "character_model/settings.hpp"
#include <unroll/models/truncated.hpp>

#include <string>

/// How much memory a job takes, asked before any is taken. Estimates are doubles: they cannot overflow.
namespace character_model {

struct MemoryNeeds {
  double parameters;   // bytes: weights, their gradients, the optimiser's moments, the copies of each thread
  double activations;  // bytes: what the tapes of all threads keep of the steps of a window, and older weights
  double total() const { return parameters + activations; }
};

/// For training on streams of `stream` characters; `threads` rings of tapes share the batch.
MemoryNeeds training_memory(const Settings& settings, std::size_t vocabulary, std::uint64_t batch,
                            const unroll::Truncation& truncation, std::uint64_t stream, std::uint64_t threads);
/// For running a model without gradients; `threads` tapes share the batch.
MemoryNeeds running_memory(const Settings& settings, std::size_t vocabulary, std::uint64_t batch, std::uint64_t steps,
                           std::uint64_t threads);

/// Bytes that this process may still take: what the system calls available, or what its control group or its limit of
/// address space leave, if that is less. Infinite where neither can be asked.
double available_memory();

/// Throws unroll::ArgumentError when it is not enough, saying what takes the most; `steps_flag` is where the steps that
/// tapes keep come from.
void expect_memory(const MemoryNeeds& needs, double available, const std::string& steps_flag = "--steps");

/// "37.2 GB"
std::string format_bytes(double bytes);

}  // namespace character_model
