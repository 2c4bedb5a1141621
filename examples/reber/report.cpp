#include "reber/report.hpp"

#include "experiment/statistics.hpp"
#include <unroll/framework/errors/error.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace reber {

namespace {

constexpr double rnn_limit = 0.75;

double whole(const Outcome& outcome) {
  return static_cast<double>(outcome.score.whole) / static_cast<double>(outcome.score.strings);
}
double embedded(const Outcome& outcome) {
  return static_cast<double>(outcome.score.embedded) / static_cast<double>(outcome.score.strings);
}

std::size_t learned(const Row& row) {
  return static_cast<std::size_t>(
      std::count_if(row.outcomes.begin(), row.outcomes.end(), std::mem_fn(&Outcome::learned)));
}

std::string line(const Row& row) {
  const auto strings = experiment::spread(row.outcomes, whole), frames = experiment::spread(row.outcomes, embedded);
  const auto presented = experiment::spread(row.outcomes, &Outcome::presented);
  const auto seconds = experiment::spread(row.outcomes, &Outcome::seconds);
  return fmt::format("{:<5} {:>5} {:>7} {:>9.1f} {:>7.1f} {:>7.1f} {:>9.1f} {:>7.1f} {:>7.1f} {:>9} {:>8.1f}\n",
                     name_of(row.cell), row.outcomes.size(), fmt::format("{}/{}", learned(row), row.outcomes.size()),
                     100 * strings.least, 100 * strings.median, 100 * strings.most, 100 * frames.least,
                     100 * frames.median, 100 * frames.most, presented.median, seconds.median);
}

}  // namespace

std::string table(const std::vector<Row>& rows) {
  std::string text =
      "embedded Reber grammar, strings held out; the frame is the symbol that closes it, and guessing gives 50 %\n\n"
      "                      strings right, %          frames right, %         strings  seconds\n"
      "cell  seeds  learned  minimum  median maximum  minimum  median maximum    median   median\n";
  for (const Row& row : rows) text += line(row);
  return text;
}

void expect_published(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const std::size_t seeds = row.outcomes.size();
    const double most = experiment::spread(row.outcomes, embedded).most;
    if (row.cell == experiment::CellKind::lstm && 2 * learned(row) <= seeds)
      throw unroll::NumericalError(
          fmt::format("lstm: all strings held out are right from {} of {} seeds, expected more than half; more "
                      "--strings may help",
                      learned(row), seeds));
    if (row.cell == experiment::CellKind::rnn && !(most < rnn_limit))
      throw unroll::NumericalError(
          fmt::format("rnn: {:.1f} % of the frames are closed rightly from one seed, expected less than {} % from all",
                      100 * most, 100 * rnn_limit));
  }
}

}  // namespace reber
