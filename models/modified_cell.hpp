#pragma once

#include <unroll/models/unroll.hpp>

#include <cstddef>
#include <span>

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

/// The Variables of a state, in the tape's memory.
template <class Scalar, class State>
std::span<const Variable<Scalar>> variables_of(Tape<Scalar>& tape, const State& state) {
  std::size_t count = 0;
  for_each_variable(state, [&](const auto&) { ++count; });
  const auto variables = tape.template scratch<Variable<Scalar>>(count);
  count = 0;
  for_each_variable(state, [&](const auto& variable) { variables[count++] = variable; });
  return variables;
}

}  // namespace unroll::inline v0::detail
