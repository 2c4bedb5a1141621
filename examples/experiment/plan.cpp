#include "experiment/plan.hpp"

#include <unroll/framework/team.hpp>

#include <array>
#include <string_view>

namespace experiment {

std::vector<CellKind> Plan::cells() const {
  if (cell == Choice::all) return {CellKind::lstm, CellKind::gru, CellKind::rnn};
  return {static_cast<CellKind>(cell)};
}

void add_plan(console::Flags& flags, Plan& plan) {
  static constexpr std::array<std::string_view, 4> choices{"lstm", "gru", "rnn", "all"};
  flags.word("--cell", "NAME", plan.cell, choices, "recurrent cell");
  flags.whole("--seeds", plan.seeds, 1, 1000000, "trials of a cell, from the seeds 1, 2, ...");
  flags.whole("--threads", plan.threads, 0, unroll::Team::most_threads,
              "trials at the same time; 0: as many as the machine runs at once");
}

}  // namespace experiment
