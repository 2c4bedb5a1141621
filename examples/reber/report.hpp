#pragma once

#include "experiment/trials.hpp"
#include "reber/trial.hpp"

#include <string>
#include <vector>

namespace reber {

using Row = experiment::Row<Outcome>;

/// One line for each cell: the fractions of strings understood over its seeds, and the strings and seconds until then.
std::string table(const std::vector<Row>& rows);

/// Throws unroll::NumericalError, naming cell and figure, unless
/// - the LSTM has understood all held-out strings from more than half of the seeds, and
/// - the tanh RNN closes the frame rightly in less than three quarters of them from every seed (guessing: one half).
/// There is no published result for the GRU, and no expectation.
void expect_published(const std::vector<Row>& rows);

}  // namespace reber
