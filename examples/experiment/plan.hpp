#pragma once

#include "console/flags.hpp"
#include "experiment/cells.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace experiment {

/// Which trials to run: each cell from the seeds 1, 2, ...
struct Plan {
  std::string cell = "all";  // or the name of one
  std::uint64_t seeds = 5;
  std::uint64_t threads = 0;  // trials at the same time; 0: as many as the machine runs at once

  std::vector<CellKind> cells() const;
};

/// --cell, --seeds and --threads.
void add_plan(console::Flags& flags, Plan& plan);

}  // namespace experiment
