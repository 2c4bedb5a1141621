#pragma once

#include "reber/grammar.hpp"
#include <unroll/framework/tensor/tensor.hpp>

#include <span>
#include <vector>

namespace reber {

/// Strings of equal length side by side: a string of T + 1 symbols is T steps, each with a symbol and its successor.
struct Batch {
  std::vector<const String*> strings;    // N
  unroll::Tensor<int> symbols, targets;  // [T, N]: indices in reber::symbols; targets[t] is symbols[t + 1]
};

/// All strings, in batches of one length each, shortest first. The batches point to the strings.
std::vector<Batch> batches_by_length(std::span<const String* const> strings);

}  // namespace reber
