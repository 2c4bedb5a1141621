#pragma once

#include "adding_problem/trial.hpp"
#include "experiment/trials.hpp"

#include <string>
#include <vector>

namespace adding_problem {

using Row = experiment::Row<Outcome>;

/// One line for each cell: the errors over its seeds, and the steps and seconds until the target.
std::string table(const std::vector<Row>& rows, const Settings& settings);

/// Throws unroll::NumericalError, naming cell and figure, unless LSTM and GRU have reached the target from every seed,
/// and the tanh RNN has stayed near the baseline, above 0.15, from every seed.
void expect_published(const std::vector<Row>& rows, const Settings& settings);

}  // namespace adding_problem
