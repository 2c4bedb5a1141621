#pragma once

#include <unroll/framework/tape/tape.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

/// A recurrent state is a plain struct of one to four Variables, `struct State { Variable<> hidden, cell; }`. The
/// library starts, carries and checks any state through for_each_variable.
namespace unroll::inline v0 {

/// The state of a cell that keeps its hidden state only.
template <class Scalar = float>
struct HiddenState {
  Variable<Scalar> hidden;  ///< [N, H]
};

namespace detail {

/// Throws ShapeError: the state that `which` names has `tensors` tensors, and the model's has `expected`.
[[noreturn]] void refuse_state(std::string_view which, std::size_t expected, std::size_t tensors);

// Converts to a Variable of any scalar, and so counts the members of a plain struct that are Variables.
struct AnyVariable {
  template <class Scalar>
  operator Variable<Scalar>() const;
};
// Converts to any type, and so counts all members.
struct Anything {
  template <class Type>
  operator Type() const;
};
template <class State, class Member, std::size_t... i>
constexpr bool initializable_with(std::index_sequence<i...>) {
  return requires { State{(static_cast<void>(i), Member{})...}; };
}
/// Whether the first `count` members of a plain struct can be such Members.
template <class State, class Member, std::size_t count>
inline constexpr bool begins_with = initializable_with<State, Member>(std::make_index_sequence<count>());

template <class State, std::size_t count = 4>
constexpr std::size_t member_count() {
  static_assert(std::is_aggregate_v<State> && count > 0,
                "a cell's State must be a plain struct of one to four Variables");
  if constexpr (begins_with<State, AnyVariable, count>)
    return count;
  else
    return member_count<State, count - 1>();
}
/// Whether a plain struct has one to four members, and all of them are Variables.
template <class State>
constexpr bool is_of_variables() {
  constexpr auto as_many = []<std::size_t... i>(std::index_sequence<i...>) {
    return ((begins_with<State, Anything, i + 1> == begins_with<State, AnyVariable, i + 1>)&&...);
  };
  return begins_with<State, AnyVariable, 1> && as_many(std::make_index_sequence<5>())
         && !begins_with<State, Anything, 5>;
}

}  // namespace detail

/// A state made of other states, such as a stack's, with a function of its own: `visit_variables(state, visit)`.
template <class State>
concept CompositeState = requires(State& state) {
  State::visit_variables(state, [](auto&) {});
};

/// Calls `visit(variable)` for every Variable of a state, in the order of its members.
template <class State>
void for_each_variable(State& state, auto&& visit) {
  using Plain = std::remove_const_t<State>;
  if constexpr (CompositeState<Plain>) {
    Plain::visit_variables(state, visit);
  } else if constexpr (detail::member_count<Plain>() == 1) {
    auto& [a] = state;
    visit(a);
  } else if constexpr (detail::member_count<Plain>() == 2) {
    auto& [a, b] = state;
    visit(a), visit(b);
  } else if constexpr (detail::member_count<Plain>() == 3) {
    auto& [a, b, c] = state;
    visit(a), visit(b), visit(c);
  } else {
    auto& [a, b, c, d] = state;
    visit(a), visit(b), visit(c), visit(d);
  }
}

namespace detail {

template <class State>
concept StateOfVariables = std::is_aggregate_v<State> && is_of_variables<State>();
template <class State>
concept StateWithHiddenFirst = std::is_standard_layout_v<State> && requires {
  requires offsetof(State, hidden)
  == 0;
};
template <class Model>
concept ModelWithWidth = requires(const Model& model) {
  { model.hidden_size() } -> std::convertible_to<std::size_t>;
};
template <class Model, class Scalar>
concept ModelWithFirstState = requires(const Model& model, Tape<Scalar>& tape) {
  { model.initial_state(tape, std::size_t{1}) } -> std::same_as<typename Model::State>;
};

}  // namespace detail

/// A plain struct of one to four Variables, the first of them named hidden, or a state made of parts.
template <class State>
concept RecurrentState =
    CompositeState<State> ||(detail::StateOfVariables<State>&& detail::StateWithHiddenFirst<State>);

/// A model whose first state initial_state can make: zeros as wide as its `hidden_size()`, or the result of its own
/// `initial_state(tape, batch)`, or the first state of the cell that it holds as `inner`.
template <class Model>
concept KnowsFirstState =
    detail::ModelWithWidth<Model> || detail::ModelWithFirstState<Model, float> || detail::ModelWithFirstState<
        Model, double> || detail::ModelWithFirstState<Model, DualNumber> || requires(const Model& model) {
  model.inner.hidden_size();
};

/// A module with a State and a first state: a cell, a modifier of one, or a layer made of cells.
template <class Model>
concept Recurrent = Module<Model> && RecurrentState<typename Model::State> && KnowsFirstState<Model>;

/// The state before the first step: that of the model's own `initial_state(tape, batch)`, or of the cell that it holds
/// as `inner`, or else zeros [N, H]. Throws TapeError after backward.
template <Recurrent Model, class Scalar>
typename Model::State initial_state(const Model& model, Tape<Scalar>& tape, std::size_t batch) {
  if constexpr (requires { model.initial_state(tape, batch); }) {
    return model.initial_state(tape, batch);
  } else if constexpr (requires { initial_state(model.inner, tape, batch); }) {
    return initial_state(model.inner, tape, batch);
  } else {
    typename Model::State state;
    for_each_variable(state, [&](auto& variable) { variable = tape.zeros({batch, model.hidden_size()}); });
    return state;
  }
}

namespace detail {

/// Whether initial_state gives zeros whatever the batch: neither the model nor the cell that it holds has a first state
/// of its own.
template <class Model, class Scalar>
constexpr bool first_state_is_zeros() {
  if constexpr (requires(const Model& model, Tape<Scalar>& tape) { model.initial_state(tape, std::size_t{1}); })
    return false;
  else if constexpr (requires(const Model& model, Tape<Scalar>& tape) {
                       initial_state(model.inner, tape, std::size_t{1});
                     })
    return first_state_is_zeros<std::remove_cvref_t<decltype(std::declval<Model>().inner)>, Scalar>();
  else
    return true;
}

/// The Variables of a state, in the tape's memory.
template <class State, class Scalar>
std::span<Variable<Scalar>> variables_of(Tape<Scalar>& tape, const State& state) {
  std::size_t count = 0;
  for_each_variable(state, [&](const auto&) { ++count; });
  const auto variables = tape.template scratch<Variable<Scalar>>(count);
  count = 0;
  for_each_variable(state, [&](const auto& variable) { variables[count++] = variable; });
  return variables;
}

/// A model's state with these Variables. A composite state may keep its Variables anywhere, so only the model can make
/// one. Throws ShapeError when the model's state has another number of Variables.
template <Recurrent Model, class Scalar>
typename Model::State make_state(const Model& model, Tape<Scalar>& tape, std::span<const Variable<Scalar>> variables) {
  typename Model::State state;
  if constexpr (CompositeState<typename Model::State>)
    state = initial_state(model, tape, variables.empty() ? 0 : variables[0].shape()[0]);
  std::size_t expected = 0;
  for_each_variable(state, [&](const auto&) { ++expected; });
  if (variables.size() != expected) refuse_state("run: the state given", expected, variables.size());
  std::size_t next = 0;
  for_each_variable(state, [&](auto& variable) { variable = variables[next++]; });
  return state;
}

/// How many numbers a state has.
template <class State>
std::size_t numbers_in(const State& state) {
  std::size_t sum = 0;
  for_each_variable(state, [&](const auto& variable) { sum += variable.shape().size(); });
  return sum;
}

/// Copies a state to a buffer that is older than the mark, and rewinds the tape to the mark.
template <class State, class Scalar>
void move_state(Tape<Scalar>& tape, const typename Tape<Scalar>::Mark& mark, Scalar* buffer, State& state) {
  std::array<Shape, 4> shapes;
  std::size_t count = 0;
  Scalar* to = buffer;
  for_each_variable(state, [&](const auto& variable) {
    shapes[count++] = variable.shape();
    to = std::copy_n(variable.value().data(), variable.shape().size(), to);
  });
  tape.rewind(mark);
  count = 0;
  for_each_variable(state, [&](auto& variable) {
    variable = tape.borrow("run", buffer, shapes[count]);
    buffer += shapes[count++].size();
  });
}

}  // namespace detail

}  // namespace unroll::inline v0
