#pragma once

#include <unroll/framework/tape/tape.hpp>
#include <unroll/framework/threads/team.hpp>

namespace unroll::inline v0 {

namespace detail {

/// Tapes in a container of any kind.
template <class Scalar>
struct TapeList {
  std::size_t size;
  const void* container;
  const Tape<Scalar>& (*at)(const void* container, std::size_t index);
  const Tape<Scalar>& operator[](std::size_t index) const { return at(container, index); }
};

template <class Scalar>
void add_gradients(const TapeList<Scalar>& tapes, const Parameters<Scalar>& parameters, Team& team);

}  // namespace detail

/// Adds the gradients that swept tapes hold to those of the parameters: the same sum, to the bit, as add_gradients tape
/// by tape, for any number of threads. Each thread of the team adds a range of the numbers over all tapes.
///
/// `tapes` has size() and operator[]: std::array<Tape<>, 2>, or `shards | std::views::transform(&Shard::tape)`.
/// Allocates nothing but a parameter's first gradient. Throws TapeError, and changes nothing, when a tape has not been
/// swept.
template <class Tapes, class Scalar>
void add_gradients(const Tapes& tapes, const Parameters<Scalar>& parameters, Team& team) {
  detail::add_gradients<Scalar>({.size = static_cast<std::size_t>(tapes.size()),
                                 .container = &tapes,
                                 .at = [](const void* container, std::size_t index) -> const Tape<Scalar>& {
                                   return (*static_cast<const Tapes*>(container))[index];
                                 }},
                                parameters, team);
}

}  // namespace unroll::inline v0
