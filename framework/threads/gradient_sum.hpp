#pragma once

#include <unroll/framework/tape/tape.hpp>
#include <unroll/framework/threads/part_tree.hpp>
#include <unroll/framework/threads/team.hpp>

#include <concepts>

namespace unroll::inline v0 {

namespace detail {

/// The swept tapes of each part of a batch, in a container of any kind. A part may have several, as those of truncated
/// backpropagation with k2 > k1, or none.
template <class Scalar>
struct TapesOfParts {
  std::size_t parts;
  const void* container;
  std::size_t (*count)(const void* container, std::size_t part);
  const Tape<Scalar>& (*at)(const void* container, std::size_t part, std::size_t index);
};

/// Of a container of tapes, one for each part, or of ranges of pointers to tapes.
template <class Scalar, class Tapes>
TapesOfParts<Scalar> tapes_of_parts(const Tapes& tapes) {
  if constexpr (std::convertible_to<decltype(tapes[0]), const Tape<Scalar>&>)
    return {.parts = static_cast<std::size_t>(tapes.size()),
            .container = &tapes,
            .count = [](const void*, std::size_t) { return std::size_t{1}; },
            .at = [](const void* container, std::size_t part, std::size_t) -> const Tape<Scalar>& {
              return (*static_cast<const Tapes*>(container))[part];
            }};
  else
    return {.parts = static_cast<std::size_t>(tapes.size()),
            .container = &tapes,
            .count = [](const void* container, std::size_t part) -> std::size_t {
              return (*static_cast<const Tapes*>(container))[part].size();
            },
            .at = [](const void* container, std::size_t part, std::size_t index) -> const Tape<Scalar>& {
              return *(*static_cast<const Tapes*>(container))[part][index];
            }};
}

/// Whether any tape has a gradient of the parameter. Throws TapeError when a tape has not been swept.
template <class Scalar>
bool has_gradient(const TapesOfParts<Scalar>& tapes, const Parameter<Scalar>& parameter);

/// Writes the sum over a subtree of the parts of numbers [first, first + count) of a parameter's gradient to `sum`. A
/// part that has no gradient counts as zeros. Part number `first_part` of the batch is the first of the tapes.
template <class Scalar>
void sum_gradients(const TapesOfParts<Scalar>& tapes, PartTree tree, std::size_t first_part,
                   const Parameter<Scalar>& parameter, std::size_t first, std::size_t count, Scalar* sum);

template <class Scalar>
void add_gradients(const TapesOfParts<Scalar>& tapes, const Parameters<Scalar>& parameters, Team& team);

}  // namespace detail

/// Adds the gradients that swept tapes hold, one tape for each part of a batch, to those of the parameters. It adds
/// them up over a fixed tree, 4 tapes as (0 + 1) + (2 + 3), and so to the same bits for any number of threads; a
/// Reducer (reducer.hpp) does the same for any number of processes. Each thread of the team adds a range of the numbers
/// over all tapes.
///
/// `tapes` has size() and operator[]: std::array<Tape<>, 2>, or `shards | std::views::transform(&Shard::tape)`. In
/// place of a tape, a part may have a range of pointers to tapes. Allocates nothing but a parameter's first gradient.
/// Throws TapeError, and changes nothing, when a tape has not been swept.
template <class Tapes, class Scalar>
void add_gradients(const Tapes& tapes, const Parameters<Scalar>& parameters, Team& team) {
  detail::add_gradients<Scalar>(detail::tapes_of_parts<Scalar>(tapes), parameters, team);
}

}  // namespace unroll::inline v0
