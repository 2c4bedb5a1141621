// What becomes of processes of which one fails: `failing throw`, `failing code`, `failing alone`.
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/mpi/mpi_processes.hpp>

#include <cstdio>
#include <string_view>

using namespace unroll;

int main(int count, char** words) {
  const std::string_view how = count > 1 ? words[1] : "";
  MpiProcesses mpi(count, words);
  return mpi.run([&](const Communicator& communicator) {
    const bool is_last = communicator.process() + 1 == communicator.processes();
    if (how == "throw" && is_last) throw ArgumentError("this process has lost its data");
    if (how == "code") {  // all end, and each may take its time
      if (communicator.is_first()) std::puts("the first has said all");
      return is_last ? 7 : 0;
    }
    // What all have to call, and one calls more often.
    const int calls = how == "alone" && is_last ? 2 : 1;
    for (int i = 0; i < calls; ++i) static_cast<void>(communicator.gather_text("text"));
    return 0;
  });
}
