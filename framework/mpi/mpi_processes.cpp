#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/mpi/mpi_processes.hpp>

#include <mpi.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <span>
#include <thread>
#include <vector>

namespace unroll::inline v0 {

namespace {

constexpr std::size_t largest_message = std::size_t{1} << 30;  // MPI counts in int
constexpr int tag = 0;                                         // messages between two processes keep their order

/// Waits for all requests. MPI's own wait spins, and so takes the core from a process that is to send the answer where
/// there are more processes than cores: this spins for as long as an answer takes that is on its way, and then sleeps
/// in between.
void wait_for(std::vector<MPI_Request>& requests) {
  for (int tries = 0;; ++tries) {
    int done = 0;
    MPI_Testall(static_cast<int>(requests.size()), requests.data(), &done, MPI_STATUSES_IGNORE);
    if (done != 0) return;
    if (tries > 2000) std::this_thread::sleep_for(std::chrono::microseconds(20));
  }
}

/// Calls post(first, count) for bytes [first, first + count) of each message that `size` bytes need.
void for_each_message(std::size_t size, const auto& post) {
  for (std::size_t first = 0; first < size; first += largest_message)
    post(first, static_cast<int>(std::min(largest_message, size - first)));
}

void exchange(std::span<const std::span<const std::byte>> to, std::span<const std::span<std::byte>> from,
              std::size_t own, std::vector<MPI_Request>& requests) {
  requests.clear();
  for (std::size_t p = 0; p < from.size(); ++p)
    if (p != own)
      for_each_message(from[p].size(), [&](std::size_t first, int count) {
        MPI_Irecv(from[p].data() + first, count, MPI_BYTE, static_cast<int>(p), tag, MPI_COMM_WORLD,
                  &requests.emplace_back());
      });
  for (std::size_t p = 0; p < to.size(); ++p)
    if (p != own)
      for_each_message(to[p].size(), [&](std::size_t first, int count) {
        MPI_Isend(to[p].data() + first, count, MPI_BYTE, static_cast<int>(p), tag, MPI_COMM_WORLD,
                  &requests.emplace_back());
      });
  wait_for(requests);
}

template <class Scalar>
void sum(std::span<Scalar> numbers, MPI_Datatype type, std::vector<MPI_Request>& requests) {
  requests.clear();
  for_each_message(numbers.size(), [&](std::size_t first, int count) {
    MPI_Iallreduce(MPI_IN_PLACE, numbers.data() + first, count, type, MPI_SUM, MPI_COMM_WORLD,
                   &requests.emplace_back());
  });
  wait_for(requests);
}

Communicator communicator_of_all() {
  int process = 0, processes = 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &process);
  MPI_Comm_size(MPI_COMM_WORLD, &processes);
  const auto own = static_cast<std::size_t>(process);
  const auto requests = std::make_shared<std::vector<MPI_Request>>();  // taken once, and used again
  return {own, static_cast<std::size_t>(processes),
          Transport{.exchange = [=](auto to, auto from) { exchange(to, from, own, *requests); },
                    .sum_floats = [=](std::span<float> numbers) { sum(numbers, MPI_FLOAT, *requests); },
                    .sum_doubles = [=](std::span<double> numbers) { sum(numbers, MPI_DOUBLE, *requests); }}};
}

}  // namespace

bool MpiProcesses::are_started() {
  // Set by Open MPI's mpirun, by MPICH's and others that speak PMI, and by srun.
  return std::ranges::any_of(std::array{"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMI_RANK", "PMIX_RANK"},
                             [](const char* name) { return std::getenv(name) != nullptr; });
}

MpiProcesses::MpiProcesses(int& count, char**& words) {
  int level = 0;
  if (MPI_Init_thread(&count, &words, MPI_THREAD_FUNNELED, &level) != MPI_SUCCESS || level < MPI_THREAD_FUNNELED)
    throw Error(
        "mpi: it does not begin, or allows no threads (was the program started with the mpirun of another MPI?)");
  communicator_ = communicator_of_all();
}

MpiProcesses::~MpiProcesses() { MPI_Finalize(); }

void MpiProcesses::end_all(int code) const {
  if (!communicator_.is_alone()) MPI_Abort(MPI_COMM_WORLD, code);
}

}  // namespace unroll::inline v0
