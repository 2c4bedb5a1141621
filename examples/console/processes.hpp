#pragma once

#include <unroll/framework/processes/communicator.hpp>

#include <functional>

namespace console {

/// The main of a program that mpirun may start in several processes: calls work(communicator) in each, as run_program
/// does (program.hpp). Only the first process prints. What ends another one with an error is told too, after a moment
/// in which the first may tell the same, and ends all. Takes MPI's own arguments out of `count` and `words`.
int run_processes(int& count, char**& words, const std::function<int(const unroll::Communicator&)>& work);

}  // namespace console
