#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace character_model {

/// The neighboring streams of the batch that one thread takes.
struct StreamRange {
  std::size_t first, count;
};

/// Splits the streams of a batch evenly: a range for each thread, and no empty range.
std::vector<StreamRange> deal(std::size_t streams, std::size_t threads);

/// How many threads to use: `wanted`, or for 0 all that the machine runs at once, but at most one for each stream.
std::size_t thread_count(std::uint64_t wanted, std::size_t streams);

}  // namespace character_model
