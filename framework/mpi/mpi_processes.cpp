#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/mpi/mpi_processes.hpp>
#include <unroll/framework/processes/launcher.hpp>

#include <fmt/format.h>
#include <mpi.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <thread>
#include <vector>

namespace unroll::inline v0 {

/// MPI from begin to end, and messages that are apart from those of others.
struct MpiProcesses::Session {
  MPI_Comm all = MPI_COMM_NULL;
  std::vector<MPI_Request> requests;  // taken once, and used again
  std::vector<MPI_Status> statuses;

  Session(int& count, char**& words) {
    int level = 0;
    if (MPI_Init_thread(&count, &words, MPI_THREAD_FUNNELED, &level) != MPI_SUCCESS || level < MPI_THREAD_FUNNELED)
      throw Error("mpi: it does not begin, or allows no threads");
    MPI_Comm_dup(MPI_COMM_WORLD, &all);
    MPI_Comm_set_errhandler(all, MPI_ERRORS_RETURN);
  }
  ~Session() {
    MPI_Comm_free(&all);
    MPI_Finalize();
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void exchange(std::span<const std::span<const std::byte>> to, std::span<const std::span<std::byte>> from);
  template <class Scalar>
  void sum(std::span<Scalar> numbers, MPI_Datatype type);
  void wait();
};

namespace {

constexpr std::size_t largest_message = std::size_t{1} << 30;  // MPI counts in int
constexpr int tag = 0;                                         // messages between two processes keep their order

/// Calls post(first, count) for [first, first + count) of each message that `size` bytes or numbers need.
void for_each_message(std::size_t size, const auto& post) {
  for (std::size_t first = 0; first < size; first += largest_message)
    post(first, static_cast<int>(std::min(largest_message, size - first)));
}

[[noreturn]] void refuse_order() {
  throw Error(
      "mpi: a process has sent more or fewer bytes than this one expects: they are not at the same call (is a function "
      "that all have to call called in one process only, such as Trainer::measure?)");
}

}  // namespace

/// Waits for all requests. MPI's own wait spins, and so takes the core from a process that is to send the answer where
/// there are more processes than cores: this spins for as long as an answer takes that is on its way, and then sleeps
/// in between.
void MpiProcesses::Session::wait() {
  statuses.resize(requests.size());
  for (int tries = 0;; ++tries) {
    int done = 0;
    if (MPI_Testall(static_cast<int>(requests.size()), requests.data(), &done, statuses.data()) != MPI_SUCCESS)
      refuse_order();  // a message was too long
    if (done != 0) return;
    if (tries > 2000) std::this_thread::sleep_for(std::chrono::microseconds(20));
  }
}

void MpiProcesses::Session::exchange(std::span<const std::span<const std::byte>> to,
                                     std::span<const std::span<std::byte>> from) {
  int process = 0;
  MPI_Comm_rank(all, &process);
  requests.clear();
  for (std::size_t p = 0; p < from.size(); ++p)
    if (p != static_cast<std::size_t>(process))
      for_each_message(from[p].size(), [&](std::size_t first, int count) {
        MPI_Irecv(from[p].data() + first, count, MPI_BYTE, static_cast<int>(p), tag, all, &requests.emplace_back());
      });
  for (std::size_t p = 0; p < to.size(); ++p)
    if (p != static_cast<std::size_t>(process))
      for_each_message(to[p].size(), [&](std::size_t first, int count) {
        MPI_Isend(to[p].data() + first, count, MPI_BYTE, static_cast<int>(p), tag, all, &requests.emplace_back());
      });
  wait();
  std::size_t next = 0;
  for (std::size_t p = 0; p < from.size(); ++p)
    if (p != static_cast<std::size_t>(process))
      for_each_message(from[p].size(), [&](std::size_t, int expected) {
        int count = 0;
        MPI_Get_count(&statuses[next++], MPI_BYTE, &count);
        if (count != expected) refuse_order();
      });
}

template <class Scalar>
void MpiProcesses::Session::sum(std::span<Scalar> numbers, MPI_Datatype type) {
  requests.clear();
  for_each_message(numbers.size(), [&](std::size_t first, int count) {
    MPI_Iallreduce(MPI_IN_PLACE, numbers.data() + first, count, type, MPI_SUM, all, &requests.emplace_back());
  });
  wait();
}

MpiProcesses::MpiProcesses(int& count, char**& words) : session_(std::make_unique<Session>(count, words)) {
  int process = 0, processes = 1;
  MPI_Comm_rank(session_->all, &process);
  MPI_Comm_size(session_->all, &processes);
  if (const std::size_t started = launched_processes(); started > 1 && processes == 1)
    throw Error(
        fmt::format("mpi: {} processes were started, but MPI knows of this one only: each would train by itself "
                    "(were they started by the mpirun of another MPI?)",
                    started));
  Session* const session = session_.get();
  communicator_ = {static_cast<std::size_t>(process), static_cast<std::size_t>(processes),
                   Transport{.exchange = [=](auto to, auto from) { session->exchange(to, from); },
                             .sum_floats = [=](std::span<float> numbers) { session->sum(numbers, MPI_FLOAT); },
                             .sum_doubles = [=](std::span<double> numbers) { session->sum(numbers, MPI_DOUBLE); }}};
}

MpiProcesses::~MpiProcesses() = default;

void MpiProcesses::end_all(int code) const {
  MPI_Abort(session_->all, code);
  std::_Exit(code);  // where MPI returns from it
}

int MpiProcesses::code_of_all(int code) const {
  std::vector<int> codes(communicator_.processes());
  codes[communicator_.process()] = code;
  communicator_.gather(std::span(codes));
  const auto failed = std::ranges::find_if(codes, [](int other) { return other != 0; });
  return failed == codes.end() ? 0 : *failed;
}

void MpiProcesses::fail(const char* reason) const {
  std::fputs(fmt::format("process {}: {}\n", communicator_.process(), reason).c_str(), stderr);
  end_all(1);
}

}  // namespace unroll::inline v0
