#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>

namespace unroll::inline v0 {

/// Threads that do one piece of work together, as often as they are asked: each takes its share of a batch, on a tape
/// of its own. Between two runs they wait, awake at first and soon asleep, and they flush denormals. Neither copied nor
/// moved.
///
///     Team team(2);
///     team.run([&](std::size_t member) { losses[member] = train_on_share(member, team.size()); });
class Team {
 public:
  static constexpr std::size_t most_threads = 1024;

  /// The calling thread is one of them, so that Team(1) starts none. Throws ArgumentError unless there are 1 to
  /// most_threads, std::system_error when the operating system starts no more.
  explicit Team(std::size_t threads);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  std::size_t size() const;

  /// Calls `work(member)` once for each member 0, 1, ... size() - 1, each on its own thread, 0 on this one, and returns
  /// when all have returned. What one of them throws is thrown here then: that of the lowest member, if several do.
  /// Allocates nothing. Throws Error when called from within a run, by two threads at once, or in
  /// a child of fork(), which has none of the threads.
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
