#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace unroll::inline v0 {

/// What a recording consists of, and what holds its memory: `std::cout << to_string(tape.summary())`. Bytes of values
/// and gradients are those that nodes hold now; after backward most gradients have been given back.
struct TapeSummary {
  /// Nodes, and the bytes that they hold.
  struct Bytes {
    std::size_t nodes = 0;   ///< The number of nodes.
    std::size_t values = 0,  ///< Bytes of their values,
        gradients = 0;       ///< and of their gradients.
    std::size_t rules = 0;   ///< Bytes of their entries in the list of nodes, and of captures of backward rules.

    std::size_t total() const { return values + gradients + rules; }  ///< All bytes.
  };
  /// All nodes of one operation.
  struct Operation {
    std::string name;  ///< "linear". Views hold nothing of their own, columns only a copy if one was made.
    Bytes bytes;       ///< What they hold.
  };
  /// All nodes of one step.
  struct Step {
    std::string scope;  ///< The scope of the sequence, "layer 2".
    std::size_t step;   ///< Counted from 0, from the beginning of the sequence.
    Bytes bytes;        ///< What they hold.
  };

  std::vector<Operation> operations;  ///< The largest first.
  std::vector<Step> steps;            ///< In recording order; a step recorded in two pieces is there once.
  Bytes outside;                      ///< Nodes outside of all steps.
  Bytes all;                          ///< All nodes.
  std::size_t nested = 0;             ///< Bytes on tapes nested in this one.
  std::size_t other = 0;              ///< Bytes of notes, scratch, alignment, and of gradients given back.
  std::size_t peak = 0;               ///< Tape::peak: no recording has used more bytes.
  std::size_t capacity = 0;           ///< Bytes held from the heap.
  std::size_t most_steps = 0;         ///< Of one cell, with those that rewind has forgotten.
  std::string warning;                ///< Far more steps than Tape::expect_steps has said; else empty.
};

/// A table by operation, one by scope (steps, nodes and MB for each step, the largest), the totals, and the warning.
std::string to_string(const TapeSummary& summary);

}  // namespace unroll::inline v0
