#include "console/processes.hpp"

#include "console/output.hpp"
#include "console/program.hpp"
#include <unroll/framework/errors/error.hpp>
#ifdef UNROLL_EXAMPLES_MPI
#include <unroll/framework/mpi/mpi_processes.hpp>
#endif

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

namespace console {

namespace {

/// Whether mpirun, mpiexec or srun has started this program: Open MPI's, those that speak PMI, as MPICH's, or PMIx.
bool is_started_as_one_of_several() {
  return std::ranges::any_of(std::array{"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMI_RANK", "PMIX_RANK"},
                             [](const char* name) { return std::getenv(name) != nullptr; });
}

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

int run_silently(const std::function<int()>& work, std::size_t process) {
  const Silence silence;
  return run_program(work, [&](const std::string& error) {
    std::this_thread::sleep_for(std::chrono::seconds(2));  // the first process may say the same, and end this one
    silence.break_it();
    write_message(fmt::format("process {}: {}", process, error));
  });
}
#endif

}  // namespace

int run_processes(int& count, char**& words, const std::function<int(const unroll::Communicator&)>& work) {
  if (!is_started_as_one_of_several()) return run_program([&] { return work({}); });
#ifdef UNROLL_EXAMPLES_MPI
  const unroll::MpiProcesses mpi(count, words);
  return mpi.run([&](const unroll::Communicator& own) {
    const auto work_here = [&] { return work(own); };
    return own.is_first() ? run_program(work_here) : run_silently(work_here, own.process());
  });
#else
  static_cast<void>(count), static_cast<void>(words);
  return run_program([]() -> int {
    throw unroll::Error(
        "started by mpirun, but built without MPI, so that each process would train by itself: configure "
        "with -D UNROLL_MPI=ON");
  });
#endif
}

}  // namespace console
