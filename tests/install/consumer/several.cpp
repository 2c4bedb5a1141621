#include <unroll/framework/mpi/mpi_processes.hpp>

int main(int count, char** words) {
  unroll::MpiProcesses mpi(count, words);
  return mpi.run([](const unroll::Communicator& communicator) { return communicator.is_first() ? 0 : 1; });
}
