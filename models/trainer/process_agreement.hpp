#pragma once

#include <unroll/framework/processes/communicator.hpp>
#include <unroll/framework/tape/module.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <string>

/// Whether the processes of a training do the same. They would not notice by themselves: each goes on with its own
/// weights, and gradients of other weights are added up as well as any. For the trainer.
namespace unroll::inline v0::detail {

/// Calls work() in the first process, and returns its text in all. What it throws, all throw: an error of the same kind
/// and text.
std::string text_of_first(const Communicator& communicator, const std::function<std::string()>& work);

/// Throws ArgumentError, in all processes, unless all have the same settings. It names each that differs from the first
/// process's, with both values.
void expect_same_settings(const Communicator& communicator, const std::map<std::string, std::string>& settings);

/// Throws Error, in all processes, unless all have the same weights, to the bit, after so many updates.
template <class Scalar>
void expect_same_weights(const Communicator& communicator, const Parameters<Scalar>& parameters, std::uint64_t updates);

}  // namespace unroll::inline v0::detail
