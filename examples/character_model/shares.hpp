#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace character_model {

/// One thread's part of the batch: neighbouring streams.
struct Part {
  std::size_t first, count;
};

/// The streams of a batch, dealt out as evenly as they can be; one part a thread, and none without a stream.
std::vector<Part> deal(std::size_t streams, std::size_t threads);

/// How many threads to use when `wanted` were asked for, 0 being all that the machine runs at once: at most one a
/// stream.
std::size_t thread_count(std::uint64_t wanted, std::size_t streams);

}  // namespace character_model
