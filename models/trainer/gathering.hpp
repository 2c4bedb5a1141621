#pragma once

#include <unroll/framework/tensor/random.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

namespace unroll::inline v0 {

/// A function that puts the examples of some indices into a Batch, and sets its count: `gather(indices, batch)`. One
/// that changes examples at random, as it shifts an image or adds noise to a sound, takes the random numbers of the
/// epoch too, `gather(indices, batch, random)`, and draws those of example i from `random.split(i)`. An example is then
/// another one in each epoch, and the same one for any number of threads and in a training that is resumed.
template <class Gather, class Batch>
concept GatherOf =
    std::invocable<const Gather&, std::span<const std::size_t>,
                   Batch&> || std::invocable<const Gather&, std::span<const std::size_t>, Batch&, const Random&>;

namespace detail {

/// The random numbers by which examples change in an epoch, of those that the epoch has; its order takes others.
inline Random changes_of(const Random& epoch) { return epoch.split(std::numeric_limits<std::uint64_t>::max()); }

/// Calls `gather`, with random numbers if it takes them; without examples only the count is set.
template <class Batch, GatherOf<Batch> Gather>
void gather_examples(const Gather& gather, std::span<const std::size_t> indices, Batch& to, const Random& changes) {
  to.count = 0;
  if (indices.empty()) return;
  if constexpr (std::invocable<const Gather&, std::span<const std::size_t>, Batch&, const Random&>)
    gather(indices, to, changes);
  else
    gather(indices, to);
}

}  // namespace detail

}  // namespace unroll::inline v0
