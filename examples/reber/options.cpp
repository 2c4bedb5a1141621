#include "reber/options.hpp"

#include "console/flags.hpp"

namespace reber {

namespace {

constexpr const char* description = "The embedded Reber grammar";

constexpr const char* footer = "exit codes: 0 what is expected came about, 4 it did not, 2 wrong usage";

void task_flags(console::Flags& flags, Options& options) {
  Settings& settings = options.settings;
  flags.whole("--hidden", settings.hidden, 1, 4096, "units of the cell");
  flags.whole("--training", settings.training, 1, 100000, "different strings to learn from");
  flags.whole("--held-out", settings.held_out, 1, 100000, "different strings, others, to be judged on");
  flags.whole("--batch", settings.batch, 1, 65536, "strings of an update");
  flags.whole("--strings", settings.presented, 1, 1000000000,
              "strings learnt from, again and again, until a trial ends");
  flags.real("--learning-rate", settings.learning_rate, {.least = 0, .most = 1000}, "of Adam, at the start");
  flags.real("--clip", settings.clip, {.least = 0, .most = 1e9, .least_open = true}, "longest gradient");
}

}  // namespace

std::variant<Options, std::string> parse_options(std::span<const char* const> arguments) {
  constexpr std::array<std::string_view, 4> choices{"lstm", "gru", "rnn", "all"};
  Options options;
  std::string cell = "all";
  console::Flags flags("reber", description, footer);
  flags.word("--cell", "NAME", cell, choices, "recurrent cell");
  task_flags(flags, options);
  flags.whole("--seeds", options.seeds, 1, 1000000, "trials of a cell, from the seeds 1, 2, ...");
  flags.whole("--threads", options.threads, 0, 1024, "trials at the same time; 0: as many as the machine runs at once");
  if (auto help = flags.parse(arguments)) return *help;
  for (std::size_t kind = 0; kind < cell_names.size(); ++kind)
    if (cell == "all" || cell == cell_names[kind]) options.cells.push_back(static_cast<CellKind>(kind));
  return options;
}

}  // namespace reber
