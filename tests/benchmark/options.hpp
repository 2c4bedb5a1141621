#pragma once

#include <cstddef>
#include <string>

namespace benchmark {

/// What to time: the peers' own options, so that all of them can be run side by side.
struct Options {
  std::string cell = "lstm", mode = "train", implementation = "builtin";
  std::size_t layers = 1, hidden = 256, batch = 32, steps = 50, vocabulary = 65;
  std::size_t threads = 1, repeats = 5, warmup = 3;
  double least_milliseconds = 30;
  std::string lengths = "full", direction = "forward";
  std::string checkpoints = "none";
  std::size_t kept = 0;  // states, of checkpoints
  std::string modifier = "none";
  std::string loss = "cross_entropy";
  std::size_t targets = 40;  // of a sequence, for the loss of alignments
};

/// How many steps a sequence of the batch has: all, or when lengths are ragged a number from 1 to that, drawn evenly;
/// the first has all.
std::size_t length_of(const Options& options, std::size_t sequence);

/// Reads a command line; prints help, or what is wrong with it, and exits.
Options parse(int argc, char** argv);

}  // namespace benchmark
