#pragma once

#include <unroll/framework/processes/communicator.hpp>

#include <exception>
#include <memory>

namespace unroll::inline v0 {

/// The processes that mpirun has started, on this machine and others: MPI from its beginning to its end. It is in a
/// library of its own, unroll::mpi, which is there when unroll was configured with -DUNROLL_MPI=ON. One object, in
/// main:
///
///     int main(int count, char** words) {
///       MpiProcesses mpi(count, words);
///       return mpi.run([&](const Communicator& communicator) { return train(communicator); });
///     }
///
/// Only the thread that made it may use its communicator.
class MpiProcesses {
 public:
  /// Begins MPI, and takes what belongs to it out of the arguments. A program that was not started by mpirun is one
  /// process. Throws Error when MPI does not begin.
  MpiProcesses(int& count, char**& words);
  /// Ends MPI, when all processes have come so far.
  ~MpiProcesses();
  MpiProcesses(const MpiProcesses&) = delete;
  MpiProcesses& operator=(const MpiProcesses&) = delete;

  /// Whether mpirun, mpiexec or srun has started this program.
  static bool are_started();

  const Communicator& communicator() const { return communicator_; }  ///< All of them.

  /// Returns what work(communicator) returns: the exit code of main. When it is not 0, and when `work` throws, it ends
  /// all the other processes at once, since they would wait for this one for ever.
  template <class Work>
  int run(const Work& work) const {
    int code = 1;
    try {
      code = work(communicator_);
    } catch (...) {
      end_all(1);
      throw;  // alone: whoever calls it tells the reason
    }
    if (code != 0) end_all(code);
    return code;
  }

 private:
  /// Does not return where there are other processes.
  void end_all(int code) const;

  Communicator communicator_;
};

}  // namespace unroll::inline v0
