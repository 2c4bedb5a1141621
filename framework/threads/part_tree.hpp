#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>

/// The order in which what the parts of a batch have found is added up. Sums of floating-point numbers depend on their
/// order, so it is a fixed tree over the parts, whoever has them:
///
///     8 parts:  ((0 + 1) + (2 + 3)) + ((4 + 5) + (6 + 7))        5 parts:  ((0 + 1) + (2 + 3)) + 4
///
/// A thread or a process that has some of the parts adds up the subtrees of these, and hands on one sum for each: for
/// 8 parts, each of 2 processes has one subtree, and of 3 processes the first has 0 + 1 and 2.
namespace unroll::inline v0::detail {

/// A subtree: parts first, first + 1, ... first + count - 1.
struct PartTree {
  std::size_t first, count;

  bool is_leaf() const { return count == 1; }
  /// The two subtrees of one with more than one part. The left one is full: a power of two.
  PartTree left() const { return {first, std::bit_floor(count - 1)}; }
  PartTree right() const { return {first + left().count, count - left().count}; }
  bool is_within(PartTree other) const { return first >= other.first && first + count <= other.first + other.count; }
  bool operator==(const PartTree&) const = default;
};

/// Calls visit(subtree) for the largest subtrees of `tree` that lie within a range of parts, in order.
template <class Visit>
void for_each_subtree(PartTree tree, PartTree range, const Visit& visit) {
  const bool is_apart = tree.first >= range.first + range.count || range.first >= tree.first + tree.count;
  if (tree.count == 0 || range.count == 0 || is_apart) return;
  if (tree.is_within(range)) return visit(tree);
  for_each_subtree(tree.left(), range, visit);
  for_each_subtree(tree.right(), range, visit);
}

/// So many numbers are added up at a time, and stay in the nearest cache.
constexpr std::size_t numbers_at_once = 2048;

/// Writes the sum over a tree to `sum`, at most numbers_at_once numbers. find(subtree, to) writes the sum over a
/// subtree if it has it, and returns whether it has; it has those of one part.
template <class Scalar, class Find>
void sum_tree(PartTree tree, std::size_t count, Scalar* sum, const Find& find) {
  if (find(tree, sum)) return;
  sum_tree(tree.left(), count, sum, find);
  std::array<Scalar, numbers_at_once> right;
  sum_tree(tree.right(), count, right.data(), find);
  for (std::size_t i = 0; i < count; ++i) sum[i] += right[i];
}

}  // namespace unroll::inline v0::detail
