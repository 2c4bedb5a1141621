#pragma once

#include <unroll/framework/processes/communicator.hpp>

#include <barrier>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <thread>
#include <vector>

namespace unroll::testing {

/// Threads that play processes: each has a communicator, and they exchange through shared memory.
class ThreadProcesses {
 public:
  explicit ThreadProcesses(std::size_t processes) : sent_(processes), floats_(processes), barrier_(long(processes)) {}

  /// Calls work(communicator) on as many threads, and returns when all have returned. `work` must not throw, and must
  /// not CHECK on any thread but one.
  void run(const auto& work) {
    std::vector<std::jthread> threads;
    for (std::size_t p = 0; p < sent_.size(); ++p)
      threads.emplace_back([this, p, &work] { work(Communicator(p, sent_.size(), transport_of(p))); });
  }

 private:
  static void copy(std::span<const std::byte> sent, std::span<std::byte> to) {
    if (sent.size() != to.size()) {
      std::fprintf(stderr, "%zu bytes sent where %zu are expected: processes are at different calls\n", sent.size(),
                   to.size());
      std::abort();
    }
    if (!to.empty()) std::memcpy(to.data(), sent.data(), to.size());
  }
  Transport transport_of(std::size_t process) {
    return {.exchange =
                [this, process](auto to, auto from) {
                  sent_[process] = to;
                  barrier_.arrive_and_wait();
                  for (std::size_t p = 0; p < sent_.size(); ++p)
                    if (p != process) copy(sent_[p][process], from[p]);
                  barrier_.arrive_and_wait();
                },
            .sum_floats =
                [this, process](std::span<float> numbers) {
                  floats_[process].assign(numbers.begin(), numbers.end());
                  barrier_.arrive_and_wait();
                  for (std::size_t i = 0; i < numbers.size(); ++i) {
                    numbers[i] = 0;
                    for (const auto& other : floats_) numbers[i] += other[i];
                  }
                  barrier_.arrive_and_wait();
                }};
  }

  std::vector<std::span<const std::span<const std::byte>>> sent_;
  std::vector<std::vector<float>> floats_;
  std::barrier<> barrier_;
};

}  // namespace unroll::testing
