#pragma once

#include "benchmark/options.hpp"

#include <functional>
#include <string>

namespace benchmark {

/// Resident memory now, in MiB.
double resident_memory();

/// Times `step`, which gives a number to look at (a loss), and prints the result as one line of JSON. A measurement
/// runs as many steps as fill the least time. Between two measurements the clock of the core is probed, since these
/// machines are shared: those beside a slow probe are left out of the median, unless all are slow.
void time_and_report(const Options& options, const std::string& flags, double base_memory,
                     const std::function<double()>& step);

}  // namespace benchmark
