#include "experiment/plan.hpp"

#include <unroll/framework/threads/team.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace experiment {

namespace {

constexpr auto choices = [] {
  std::array<std::string_view, support::cell_names.size() + 1> words{};
  std::copy(support::cell_names.begin(), support::cell_names.end(), words.begin());
  words.back() = "all";
  return words;
}();

}  // namespace

std::vector<CellKind> Plan::cells() const {
  std::vector<CellKind> kinds;
  for (std::size_t i = 0; i < support::cell_names.size(); ++i)
    if (cell == "all" || cell == support::cell_names[i]) kinds.push_back(static_cast<CellKind>(i));
  return kinds;
}

void add_plan(console::Flags& flags, Plan& plan) {
  flags.word("--cell", "NAME", plan.cell, choices, "recurrent cell");
  flags.whole("--seeds", plan.seeds, 1, 1000000, "trials of a cell, from the seeds 1, 2, ...");
  flags.whole("--threads", plan.threads, 0, unroll::Team::most_threads,
              "trials at the same time; 0: as many as the machine runs at once");
}

}  // namespace experiment
