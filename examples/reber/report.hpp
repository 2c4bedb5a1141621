#pragma once

#include "experiment/trials.hpp"
#include "reber/trial.hpp"

#include <string>
#include <vector>

namespace reber {

using Row = experiment::Row<Outcome>;

/// One line a cell: the shares of strings understood over its seeds, and what it took.
std::string table(const std::vector<Row>& rows);

/// Throws unroll::NumericalError, naming cell and figure, unless
/// - the LSTM has understood all strings held out from more than half of the seeds, and
/// - the tanh RNN closes the frame rightly in less than three quarters of them from every seed (guessing: one half).
/// Of the GRU nothing has been published here, and nothing is expected.
void expect_published(const std::vector<Row>& rows);

}  // namespace reber
