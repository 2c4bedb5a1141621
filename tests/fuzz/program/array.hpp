#pragma once

#include "moving.hpp"

#include <cstddef>
#include <functional>
#include <limits>
#include <span>
#include <vector>

namespace fuzzing {

using Extents = std::vector<std::size_t>;
using Index = std::vector<std::size_t>;

/// A tensor of the plain evaluation.
struct Array {
  Extents shape;
  std::vector<Moving> numbers;
  /// Whether every number is a small multiple of a power of two by exact arithmetic, so that every evaluation finds the
  /// same number, and two that are equal here are equal in every evaluation.
  bool exact = false;

  Moving at(const Index& index) const;
};

std::size_t size_of(const Extents& shape);
std::size_t last(const Extents& shape);

/// The array whose number at each index is what `number` says.
Array build(const Extents& shape, const std::function<Moving(const Index&)>& number);
/// Calls visit(index) for each index of the shape, in row-major order.
void for_each_index(const Extents& shape, const std::function<void(const Index&)>& visit);

/// Marks an array as exact if its operands are and its numbers are small multiples of 2^-12.
void mark_exact(Array& result, std::span<const Array* const> operands);

/// Comparisons where derivatives jump. They note how near they came to deciding otherwise: a program whose numbers come
/// nearer than rounding has no derivative to compare.
struct Decisions {
  static double& nearest() {
    thread_local double distance = std::numeric_limits<double>::infinity();
    return distance;
  }
  static bool& tied() {
    thread_local bool was = false;
    return was;
  }
};
bool less(Moving a, Moving b, bool exact);

}  // namespace fuzzing
