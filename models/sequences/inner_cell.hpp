#pragma once

#include <unroll/models/sequences/run_layer.hpp>

#include <utility>

/// What the modifiers of cells have in common.
namespace unroll::inline v0::detail {

struct NoOptions {};
template <class Cell>
struct OptionsOfCell {
  using Type = NoOptions;
};
template <class Cell>
requires requires { typename Cell::Options; }
struct OptionsOfCell<Cell> {
  using Type = typename Cell::Options;
};
/// The options of a cell's constructor, `Cell::Options`, which its modifiers take too; NoOptions for a cell without.
template <class Cell>
using OptionsOf = typename OptionsOfCell<Cell>::Type;

template <class Scalar>
Scalar scalar_of(Variable<Scalar>);
/// The scalar of a cell's state.
template <class Cell>
using ScalarOf = decltype(scalar_of(std::declval<typename Cell::State>().hidden));

}  // namespace unroll::inline v0::detail
