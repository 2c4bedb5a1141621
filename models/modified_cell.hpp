#pragma once

#include <unroll/models/run_layer.hpp>

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
/// What a cell is made of; a modifier is made of what its inner cell is. Nothing where a cell does not say.
template <class Cell>
using OptionsOf = typename OptionsOfCell<Cell>::Type;

template <class Scalar>
Scalar scalar_of(Variable<Scalar>);
/// The numbers that a cell computes with.
template <class Cell>
using ScalarOf = decltype(scalar_of(std::declval<typename Cell::State>().hidden));

}  // namespace unroll::inline v0::detail
