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
/// Only the thread that made it may use its communicator, whose messages do not meet those of a program that uses MPI
/// beside it.
class MpiProcesses {
 public:
  /// Begins MPI, and takes what belongs to it out of the arguments. A program that was not started by mpirun is one
  /// process. Throws Error when MPI does not begin, and when it knows of another number of processes than were started.
  MpiProcesses(int& count, char**& words);
  /// Ends MPI, when all processes have come so far.
  ~MpiProcesses();
  MpiProcesses(const MpiProcesses&) = delete;
  MpiProcesses& operator=(const MpiProcesses&) = delete;

  const Communicator& communicator() const { return communicator_; }  ///< All of them.

  /// Calls work(communicator), and returns the exit code for main: that of the first process whose work returns another
  /// than 0. When `work` throws, it writes "process 2: ..." with the reason to standard error, and ends all processes,
  /// since the others would wait for this one for ever.
  template <class Work>
  int run(const Work& work) const {
    try {
      return code_of_all(work(communicator_));
    } catch (const std::exception& error) {
      fail(error.what());
    } catch (...) {
      fail("an exception of an unknown type");
    }
  }
  /// Ends all processes at once, with this exit code.
  [[noreturn]] void end_all(int code) const;
  /// What run returns: every process gives its own exit code, when it has come to its end.
  int code_of_all(int code) const;

 private:
  struct Session;
  [[noreturn]] void fail(const char* reason) const;

  std::unique_ptr<Session> session_;
  Communicator communicator_;
};

}  // namespace unroll::inline v0
