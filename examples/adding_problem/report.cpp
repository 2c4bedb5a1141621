#include "adding_problem/report.hpp"

#include "adding_problem/task.hpp"
#include "experiment/statistics.hpp"
#include <unroll/framework/errors/error.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace adding_problem {

namespace {

constexpr double rnn_stays_above = 0.15;  // nine tenths of the baseline

std::string line(const Row& row) {
  const auto error = experiment::spread(row.outcomes, &Outcome::error);
  const auto steps = experiment::spread(row.outcomes, &Outcome::steps);
  const auto seconds = experiment::spread(row.outcomes, &Outcome::seconds);
  const auto reached = std::count_if(row.outcomes.begin(), row.outcomes.end(), [](auto& o) { return o.reached; });
  return fmt::format("{:<5} {:>5} {:>9.4f} {:>9.4f} {:>9.4f} {:>8} {:>7} {:>7} {:>9.1f}\n", name_of(row.cell),
                     row.outcomes.size(), error.least, error.median, error.most,
                     fmt::format("{}/{}", reached, row.outcomes.size()), steps.median, steps.most, seconds.median);
}

}  // namespace

std::string table(const std::vector<Row>& rows, const Settings& settings) {
  std::string text = fmt::format(
      "adding problem, {} steps; always saying 1 has an error of {:.4f}\n\n"
      "            mean squared error, held out    below            updates   seconds\n"
      "cell  seeds   minimum    median   maximum {:>8}  median maximum    median\n",
      settings.length, baseline, settings.target);
  for (const Row& row : rows) text += line(row);
  return text;
}

void expect_published(const std::vector<Row>& rows, const Settings& settings) {
  for (const Row& row : rows) {
    const auto error = experiment::spread(row.outcomes, &Outcome::error);
    if (row.cell == experiment::CellKind::rnn && !(error.least > rnn_stays_above))
      throw unroll::NumericalError(
          fmt::format("rnn: the minimum over the seeds of the mean squared errors is {:.4f}, expected more than {}; a "
                      "short --length is not beyond its memory",
                      error.least, rnn_stays_above));
    if (row.cell != experiment::CellKind::rnn && !(error.most < settings.target))
      throw unroll::NumericalError(fmt::format(
          "{}: the maximum over the seeds of the mean squared errors is {:.4f}, expected less than {}; more "
          "--steps may help",
          name_of(row.cell), error.most, settings.target));
  }
}

}  // namespace adding_problem
