#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tensor/denormals.hpp>
#include <unroll/framework/threads/team.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

namespace unroll::inline v0 {

std::size_t thread_count(std::size_t wanted, std::size_t most) {
  if (wanted == 0) wanted = std::thread::hardware_concurrency();
  return std::clamp<std::size_t>(wanted, 1, std::clamp<std::size_t>(most, 1, Team::most_threads));
}

struct Team::Members {
  explicit Members(std::size_t threads)
      : process(getpid()), patience(threads <= std::thread::hardware_concurrency() ? 50 : 0), errors(threads) {
    for (std::size_t member = 1; member < threads; ++member)
      workers.emplace_back([this, member](const std::stop_token& stop) { wait_and_work(stop, member); });
  }

  bool is_of_this_process() const { return workers.empty() || process == getpid(); }

  void work(std::size_t member) noexcept {
    try {
      task.call(task.context, member);
    } catch (...) {
      errors[member] = std::current_exception();
    }
  }

  /// Spins for a little while before the thread goes to sleep: the runs of a training step follow each other closely,
  /// and waking takes tens of microseconds.
  void look_out_for(const auto& condition) const {
    const auto end_of_patience = std::chrono::steady_clock::now() + patience;
    while (!condition() && std::chrono::steady_clock::now() < end_of_patience) {
    }
  }

  void wait_and_work(const std::stop_token& stop, std::size_t member) {
    const FlushDenormals flush;
    std::uint64_t runs_seen = 0;
    for (;;) {
      look_out_for([&] { return runs != runs_seen; });
      {
        std::unique_lock lock(mutex);
        if (!begin.wait(lock, stop, [&] { return runs != runs_seen; })) return;
        runs_seen = runs;
      }
      work(member);
      const std::lock_guard lock(mutex);
      if (--working == 0) end.notify_one();
    }
  }

  const pid_t process;                       // has the threads: a child of fork() has only the thread that called it
  const std::chrono::microseconds patience;  // 0 when threads share a core: a spinning one would hold another up
  std::mutex mutex;  // guards task, runs, working and running; an error belongs to its member until the run ends
  std::condition_variable_any begin;
  std::condition_variable end;
  Task task{};
  std::atomic<std::uint64_t> runs = 0;  // atomic, since spinning threads read it without the mutex
  std::atomic<std::size_t> working = 0;
  bool running = false;
  std::vector<std::exception_ptr> errors;
  // Last, hence destroyed first: a jthread stops and joins its thread, also when the constructor fails half-way.
  std::vector<std::jthread> workers;
};

Team::Team(std::size_t threads) {
  if (threads < 1 || threads > most_threads)
    throw ArgumentError(fmt::format("team: {} threads asked for, expected 1 to {}", threads, most_threads));
  members_ = std::make_unique<Members>(threads);
}

Team::~Team() {
  // A forked child has no threads to join, and its locks are in any state: it leaks the members.
  if (members_ && !members_->is_of_this_process()) static_cast<void>(members_.release());
}

std::size_t Team::size() const { return members_->errors.size(); }

void Team::run_task(const Task& task) {
  Members& team = *members_;
  if (!team.is_of_this_process())
    throw Error(
        "team: run was called in a forked child, where its threads did not survive fork() (make a team after the "
        "fork)");
  {
    const std::lock_guard lock(team.mutex);
    if (std::exchange(team.running, true))
      throw Error(
          "team: run was called while another run goes on, expected one at a time (is it called by its own work?)");
    team.task = task;
    team.working = team.workers.size();
    ++team.runs;
  }
  team.begin.notify_all();
  {
    const FlushDenormals flush;  // as the other members do
    team.work(0);
  }
  team.look_out_for([&] { return team.working == 0; });
  std::exception_ptr first;
  {
    std::unique_lock lock(team.mutex);
    team.end.wait(lock, [&] { return team.working == 0; });
    for (auto& error : team.errors) {
      if (!first) first = error;
      error = nullptr;
    }
    team.running = false;
  }
  if (first) std::rethrow_exception(first);
}

}  // namespace unroll::inline v0
