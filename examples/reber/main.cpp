#include "console/output.hpp"
#include "console/program.hpp"
#include "console/trials.hpp"
#include "reber/options.hpp"
#include "reber/report.hpp"

#include <fmt/format.h>

namespace reber {
namespace {

std::string describe(CellKind kind, std::uint64_t seed, const Outcome& outcome) {
  return fmt::format("{:<4} seed {:<2}  {:>6} strings  held out: {} of {} right, {} frames  {:.1f} s",
                     cell_names[static_cast<std::size_t>(kind)], seed, outcome.presented, outcome.score.whole,
                     outcome.score.strings, outcome.score.embedded, outcome.seconds);
}

/// All cells from all seeds.
std::vector<Row> run_trials(const Options& options) {
  std::vector<Row> rows;
  for (const CellKind kind : options.cells) rows.push_back({kind, std::vector<Outcome>(options.seeds)});
  console::TrialStatus status;
  console::run_trials(rows.size() * options.seeds, options.threads, [&](std::size_t trial) {
    Row& row = rows[trial / options.seeds];
    const std::uint64_t seed = 1 + trial % options.seeds;
    Outcome& outcome = row.outcomes[seed - 1];
    outcome = run_trial(row.kind, options.settings, seed,
                        [&](const Outcome& now) { status.show([&] { return describe(row.kind, seed, now); }); });
    status.say(describe(row.kind, seed, outcome));
  });
  return rows;
}

int run(const Options& options) {
  const std::vector<Row> rows = run_trials(options);
  console::write_output(table(rows));
  expect_published(rows);
  console::write_output("\nas expected\n");
  return 0;
}

}  // namespace
}  // namespace reber

int main(int count, char** words) {
  return console::run_program([&] {
    const auto parsed = reber::parse_options({words + 1, static_cast<std::size_t>(count > 0 ? count - 1 : 0)});
    if (const auto* help = std::get_if<std::string>(&parsed)) return console::write_output(*help), 0;
    return reber::run(std::get<reber::Options>(parsed));
  });
}
