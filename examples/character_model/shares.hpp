#pragma once

#include <unroll/framework/tape.hpp>
#include <unroll/framework/team.hpp>
#include <unroll/models/state.hpp>

#include <cstdint>
#include <deque>

namespace character_model {

/// One thread's part of the batch: neighbouring streams, a tape of its own, and the state they are in: before the
/// window at hand, and after it.
struct Share {
  Share(std::size_t first_stream, std::size_t streams, unroll::Recording recording)
      : first(first_stream), count(streams), tape(recording) {}

  std::size_t first, count;
  unroll::Tape<float> tape;
  unroll::CarriedState<float> state, next_state;
  unroll::Tensor<int> inputs, targets;
  double loss = 0;  // of the last window: the sum over its characters
};

/// The streams of a batch, dealt out as evenly as they can be; one share a thread, and none without a stream. Tapes do
/// not move, hence a deque.
std::deque<Share> deal(std::size_t streams, std::size_t threads, unroll::Recording recording);

/// How many threads to use when `wanted` were asked for, 0 being all that the machine runs at once: at most one a
/// stream.
std::size_t thread_count(std::uint64_t wanted, std::size_t streams);

}  // namespace character_model
