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
  Options options;
  console::Flags flags("reber", description, footer);
  experiment::add_plan(flags, options.plan);
  task_flags(flags, options);
  if (auto help = flags.parse(arguments)) return *help;
  return options;
}

}  // namespace reber
