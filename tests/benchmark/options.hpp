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
  std::string checkpoints = "none";
  std::size_t kept = 0;  // states, of checkpoints
  std::string modifier = "none";
};

/// Reads a command line; prints help, or what is wrong with it, and exits.
Options parse(int argc, char** argv);

}  // namespace benchmark
