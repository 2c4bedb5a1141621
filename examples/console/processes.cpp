#include "console/processes.hpp"

#include "console/output.hpp"
#include "console/program.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/processes/launcher.hpp>
#ifdef UNROLL_EXAMPLES_MPI
#include <unroll/framework/mpi/mpi_processes.hpp>
#endif

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>

namespace console {

namespace {

#ifdef UNROLL_EXAMPLES_MPI
/// Sends what a process prints nowhere. What it has to say in the end goes to standard error as it was.
class Silence {
 public:
  Silence() : errors_(::dup(STDERR_FILENO)) {
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) ::dup2(nowhere, stream);
    ::close(nowhere);
  }
  void break_it() const { ::dup2(errors_, STDERR_FILENO); }

 private:
  int errors_;
};

/// The exit code of one of several processes. An error ends all.
int run_one(const unroll::MpiProcesses& mpi, const std::function<int()>& work) {
  const auto outcome = outcome_of(work);
  if (outcome.error.empty()) return mpi.code_of_all(outcome.code);
  write_message(outcome.error);
  mpi.end_all(outcome.code);
}

int run_one_silently(const unroll::MpiProcesses& mpi, const std::function<int()>& work) {
  const Silence silence;
  const auto outcome = outcome_of(work);
  if (outcome.error.empty()) return mpi.code_of_all(outcome.code);
  std::this_thread::sleep_for(std::chrono::seconds(2));  // the first process may say the same, and end this one
  silence.break_it();
  write_message(fmt::format("process {}: {}", mpi.communicator().process(), outcome.error));
  mpi.end_all(outcome.code);
}
#endif

}  // namespace

int run_processes(int& count, char**& words, const std::function<int(const unroll::Communicator&)>& work) {
  if (unroll::launched_processes() == 1) return run_program([&] { return work({}); });
#ifdef UNROLL_EXAMPLES_MPI
  return run_program([&] {
    const unroll::MpiProcesses mpi(count, words);
    const auto work_here = [&] { return work(mpi.communicator()); };
    return mpi.communicator().is_first() ? run_one(mpi, work_here) : run_one_silently(mpi, work_here);
  });
#else
  static_cast<void>(count), static_cast<void>(words);
  return run_program([]() -> int {
    throw unroll::Error(
        "one of several processes, but built without MPI, so that each would work by itself: configure with -D "
        "UNROLL_MPI=ON");
  });
#endif
}

}  // namespace console
