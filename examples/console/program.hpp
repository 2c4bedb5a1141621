#pragma once

#include <functional>

namespace console {

/// What main does: gives the exit code of `work`, or, when it throws, says why in one line on standard error and gives
/// the code for that: 2 wrong usage, 1 input or output, 3 a file that is not what it should be, 4 a number that is not
/// what it should be. A reader of standard output who has gone is no failure: 0.
int run_program(const std::function<int()>& work);

}  // namespace console
