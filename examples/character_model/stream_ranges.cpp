#include "character_model/stream_ranges.hpp"

#include "character_model/settings.hpp"

#include <algorithm>
#include <thread>

namespace character_model {

std::vector<StreamRange> deal(std::size_t streams, std::size_t threads) {
  std::vector<StreamRange> parts;
  threads = std::min(threads, streams);
  for (std::size_t thread = 0; thread < threads; ++thread) {
    const std::size_t first = thread * streams / threads, end = (thread + 1) * streams / threads;
    parts.push_back({first, end - first});
  }
  return parts;
}

std::size_t thread_count(std::uint64_t wanted, std::size_t streams) {
  if (wanted == 0) wanted = std::clamp<std::uint64_t>(std::thread::hardware_concurrency(), 1, most_threads);
  return std::min<std::size_t>(wanted, streams);
}

}  // namespace character_model
