#pragma once

#include <unroll/framework/tape.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace unroll::inline v0 {

/// What a recording is made of, and where its memory is: `std::cout << to_string(tape.summary())`. Bytes of values and
/// gradients are those that nodes hold now; after backward most gradients have been given back.
struct TapeSummary {
  struct Bytes {
    std::size_t nodes = 0;
    std::size_t values = 0, gradients = 0;
    std::size_t rules = 0;  // the entries in the list of nodes, and what the rules for the way back have captured

    std::size_t total() const { return values + gradients + rules; }
  };
  struct Operation {
    std::string name;  // "linear"; views and columns hold nothing of their own
    Bytes bytes;
  };
  struct Step {
    std::string scope;
    std::size_t step;  // counted from 0, from the beginning of the sequence
    Bytes bytes;
  };

  std::vector<Operation> operations;  // the largest first
  std::vector<Step> steps;            // in recording order; a step recorded in two pieces is there once
  Bytes outside;                      // of every step
  Bytes all;
  std::size_t nested = 0;      // bytes on tapes nested in this one
  std::size_t other = 0;       // bytes of notes, scratch memory of ops, alignment, and memory of gradients given back
  std::size_t peak = 0;        // the most bytes of numbers and rules that any recording has used
  std::size_t capacity = 0;    // bytes held from the heap
  std::size_t most_steps = 0;  // recorded of one cell
  std::string warning;         // when those are far more than were expected (Tape::expect_steps); else empty
};

/// A table by operation, one by scope (steps, nodes and MB a step, the largest), the totals, and the warning.
std::string to_string(const TapeSummary& summary);

}  // namespace unroll::inline v0
