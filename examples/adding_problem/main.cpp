#include "adding_problem/options.hpp"
#include "adding_problem/report.hpp"
#include "console/output.hpp"
#include "console/program.hpp"
#include "experiment/trials.hpp"

#include <fmt/format.h>

namespace adding_problem {
namespace {

std::string describe(const Outcome& outcome) {
  return fmt::format("update {:>5}  mean squared error {:.4f}  {:.1f} s", outcome.steps, outcome.error,
                     outcome.seconds);
}

int run(const Options& options) {
  const auto trial = [&](experiment::CellKind cell, std::uint64_t seed, const auto& progress) {
    return run_trial(cell, options.settings, seed, progress);
  };
  const auto results = experiment::run_trials<Outcome>(options.plan, trial, describe);
  if (!results.rows.empty()) console::write_output(table(results.rows, options.settings));
  results.expect_all();
  expect_published(results.rows, options.settings);
  console::write_output("\nas expected (see --help)\n");
  return 0;
}

}  // namespace
}  // namespace adding_problem

int main(int count, char** words) {
  return console::run_program(count, words, adding_problem::parse_options, adding_problem::run);
}
