#include "console/output.hpp"
#include "console/program.hpp"
#include "experiment/trials.hpp"
#include "reber/options.hpp"
#include "reber/report.hpp"

#include <fmt/format.h>

namespace reber {
namespace {

std::string describe(const Outcome& outcome) {
  return fmt::format("{:>6} strings  held out: {} of {} right, {} frames  {:.1f} s", outcome.presented,
                     outcome.score.whole, outcome.score.strings, outcome.score.embedded, outcome.seconds);
}

int run(const Options& options) {
  const auto trial = [&](experiment::CellKind cell, std::uint64_t seed, const auto& progress) {
    return run_trial(cell, options.settings, seed, progress);
  };
  const auto results = experiment::run_trials<Outcome>(options.plan, trial, describe);
  if (!results.rows.empty()) console::write_output(table(results.rows));
  results.expect_all();
  expect_published(results.rows);
  console::write_output("\nas expected (see --help)\n");
  return 0;
}

}  // namespace
}  // namespace reber

int main(int count, char** words) { return console::run_program(count, words, reber::parse_options, reber::run); }
