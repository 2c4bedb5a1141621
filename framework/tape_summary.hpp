#pragma once

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
    std::string name;  // "linear"; views hold nothing of their own, columns only a copy that was asked for
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
  std::size_t peak = 0;        // no recording has used more bytes of numbers and rules (Tape::peak)
  std::size_t capacity = 0;    // bytes held from the heap
  std::size_t most_steps = 0;  // of one cell, with those that were forgotten by rewind
  std::string warning;  // when gradients of far more steps are recorded than expected (Tape::expect_steps); else empty
};

/// A table by operation, one by scope (steps, nodes and MB a step, the largest), the totals, and the warning.
std::string to_string(const TapeSummary& summary);

}  // namespace unroll::inline v0
