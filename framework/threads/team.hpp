#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>

namespace unroll::inline v0 {

/// How many threads to start: as many as `wanted`, or for 0 as many as the machine runs at once, but at most `most`,
/// the number of pieces of work that there are. At least 1, and at most Team::most_threads.
std::size_t thread_count(std::size_t wanted, std::size_t most);

/// Threads that do one piece of work together, again and again: each trains on its shard of a batch, on a tape of its
/// own. Between two runs they spin for a moment and then sleep. They flush denormals. A Team is neither copied nor
/// moved.
///
///     Team team(2);
///     team.run([&](std::size_t member) { losses[member] = train_on_shard(member, team.size()); });
class Team {
 public:
  static constexpr std::size_t most_threads = 1024;  ///< The most threads of a team.

  /// Starts threads - 1 threads; the thread that calls run is the first member. Throws ArgumentError unless `threads`
  /// is from 1 to most_threads, and std::system_error when the operating system starts no more.
  explicit Team(std::size_t threads);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  std::size_t size() const;  ///< The number of members.

  /// Calls `work(member)` once for each member 0, 1, ... size() - 1, each on its own thread, 0 on this one, and returns
  /// when all have returned. Then it throws what a member has thrown; of several, the error of the lowest member.
  /// Allocates nothing. Throws Error when called from within a run, by two threads at once, or in a child of fork(),
  /// which has none of the threads.
  template <class Work>
  void run(Work&& work) {
    run_task({.call = [](void* context,
                         std::size_t member) { (*static_cast<std::remove_reference_t<Work>*>(context))(member); },
              .context = const_cast<void*>(static_cast<const void*>(std::addressof(work)))});
  }

 private:
  struct Task {
    void (*call)(void* context, std::size_t member);
    void* context;
  };
  struct Members;
  void run_task(const Task& task);

  std::unique_ptr<Members> members_;
};

}  // namespace unroll::inline v0
