#pragma once

#include <unroll/framework/tape.hpp>
#include <unroll/models/sizes.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// A recurrent state is a plain struct of one to four Variables, `struct State { Variable<> hidden, cell; }`. What the
/// library needs to do with any state - start it at zero, carry it on, check it - goes through for_each_variable.
namespace unroll::inline v0 {

/// The state of a cell that keeps one thing.
template <class Scalar = float>
struct HiddenState {
  Variable<Scalar> hidden;  // [N, H]
};

namespace detail {

/// Throws ShapeError: a state ("resume: the state kept") has so many tensors, and the model's has `expected`.
[[noreturn]] void refuse_state(std::string_view which, std::size_t expected, std::size_t tensors);

/// Throws NumericalError unless all numbers of a state's tensor are finite.
template <class Scalar>
void expect_finite_state(std::size_t tensor, const TensorView<const Scalar>& numbers);

/// Throws unless these can be a state: ArgumentError when there are none, ShapeError when one has another batch than
/// the first, NumericalError when a number is not finite.
template <class Scalar>
void expect_state_tensors(const std::vector<Tensor<Scalar>>& tensors);

// Converts to a Variable of any scalar, and so counts the members of a plain struct that are Variables.
struct AnyVariable {
  template <class Scalar>
  operator Variable<Scalar>() const;
};
// Converts to whatever there is, and so counts all members.
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
/// One to four members, and all of them Variables.
template <class State>
constexpr bool is_of_variables() {
  constexpr auto as_many = []<std::size_t... i>(std::index_sequence<i...>) {
    return ((begins_with<State, Anything, i + 1> == begins_with<State, AnyVariable, i + 1>)&&...);
  };
  return begins_with<State, AnyVariable, 1> && as_many(std::make_index_sequence<5>())
         && !begins_with<State, Anything, 5>;
}

}  // namespace detail

/// A state made of parts that says itself what it holds (a stack's): `visit_variables(state, visit)`.
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

/// It knows its first state: zeros as wide as `hidden_size()`, or what its own `initial_state(tape, batch)` makes, or
/// what the cell that it holds as `inner` says.
template <class Model>
concept KnowsFirstState =
    detail::ModelWithWidth<Model> || detail::ModelWithFirstState<Model, float> || detail::ModelWithFirstState<
        Model, double> || detail::ModelWithFirstState<Model, DualNumber> || requires(const Model& model) {
  model.inner.hidden_size();
};

/// Anything recurrent: a module with a State, and a width for it (or it makes its first state itself).
template <class Model>
concept Recurrent = Module<Model> && RecurrentState<typename Model::State> && KnowsFirstState<Model>;

/// The state before the first step: what the model's own `initial_state(tape, batch)` gives, or that of the cell that
/// it holds as `inner`, or else zeros [N, H].
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

/// A model's state of these Variables. One that is made of parts may keep them anywhere: only the model makes another.
/// Throws ShapeError when they are not as many as the model's state has: they are another model's.
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

/// Copies a state to a place older than the mark, and forgets what came later.
template <class State, class Scalar>
void move_state(Tape<Scalar>& tape, const typename Tape<Scalar>::Mark& mark, Scalar* place, State& state) {
  std::array<Shape, 4> shapes;
  std::size_t count = 0;
  Scalar* to = place;
  for_each_variable(state, [&](const auto& variable) {
    shapes[count++] = variable.shape();
    to = std::copy_n(variable.value().data(), variable.shape().size(), to);
  });
  tape.rewind(mark);
  count = 0;
  for_each_variable(state, [&](auto& variable) {
    variable = tape.borrow("run", place, shapes[count]);
    place += shapes[count++].size();
  });
}

}  // namespace detail

/// A state between two recordings: numbers, not nodes, so that gradients end here by construction. Keeps its memory.
/// Where rows are streams of documents, one that ends is forgotten alone, by its row.
///
///     CarriedState memory;
///     for (window : windows) {
///       auto state = memory.resume(model, tape, batch);      // zeros the first time
///       ...
///       memory.keep(unrolled.state);
///     }
template <class Scalar = float>
class CarriedState {
 public:
  /// Takes over the numbers of a state, before its tape is cleared. Throws NumericalError, and keeps what it had, when
  /// one is not finite: it would spoil every window to come.
  template <class State>
  void keep(const State& state) {
    std::size_t index = 0;
    for_each_variable(state, [&](const Variable<Scalar>& variable) {
      detail::expect_finite_state(index++, TensorView<const Scalar>(variable.value()));
    });
    if (values_.empty()) values_.swap(spare_);
    index = 0;
    for_each_variable(state, [&](const Variable<Scalar>& variable) {
      if (index == values_.size()) values_.emplace_back();
      values_[index++].assign(variable.value());
    });
    values_.resize(index);
  }
  /// Takes over tensors [N, ...], in the order of the state's members, as values() has given them: from a file, say.
  /// Whether they are of a model, resume finds out. Throws, and keeps what it had: ArgumentError for none, ShapeError
  /// when they are not of one batch, NumericalError when a number is not finite.
  void assign(std::vector<Tensor<Scalar>> values) {
    detail::expect_state_tensors(values);
    values_ = std::move(values);
  }

  /// The state that was kept, as constants on a tape; the model's first state if none was. Throws ShapeError when the
  /// state kept is of another batch size or model.
  template <Recurrent Model>
  typename Model::State resume(const Model& model, Tape<Scalar>& tape, std::size_t batch) const {
    return resume_as(model, tape, batch, [&](const Tensor<Scalar>& value) { return tape.constant(value); });
  }
  /// The same as inputs of the tape, which get a gradient: for those who hand it on to the recording before this one.
  template <Recurrent Model>
  typename Model::State resume_with_gradient(const Model& model, Tape<Scalar>& tape, std::size_t batch) const {
    return resume_as(model, tape, batch, [&](const Tensor<Scalar>& value) { return tape.input(value); });
  }

  /// Forgets: the next resume starts anew.
  void reset() {
    if (!values_.empty()) values_.swap(spare_);
    values_.clear();
  }
  /// Forgets one sequence of the batch, which starts anew: its row becomes zeros. Nothing to do when none is kept.
  /// Throws ArgumentError for a row that is not there.
  void forget(std::size_t row) {
    for (Tensor<Scalar>& value : values_) std::ranges::fill(row_of(value, row), Scalar{0});
  }
  /// The same for a model whose first state is not zeros: the row becomes that of its first state.
  template <Recurrent Model>
  void forget(std::size_t row, const Model& model) {
    if (values_.empty()) return;
    Tape<Scalar> tape(Recording::values);
    CarriedState first;
    first.keep(initial_state(model, tape, 1));
    if (first.values_.size() != values_.size())
      detail::refuse_state("forget: the state kept", first.values_.size(), values_.size());
    for (std::size_t i = 0; i < values_.size(); ++i)
      expect_same_shape("forget: a row of this model's first state and of the state kept", first.values_[i].shape(),
                        values_[i].shape().with(0, 1));
    for (std::size_t i = 0; i < values_.size(); ++i)
      std::ranges::copy(first.values_[i].values(), row_of(values_[i], row).begin());
  }

  /// What is kept, in the order of the state's members, [N, ...] each; none when nothing is.
  const std::vector<Tensor<Scalar>>& values() const { return values_; }

 private:
  template <Recurrent Model>
  typename Model::State resume_as(const Model& model, Tape<Scalar>& tape, std::size_t batch, const auto& leaf) const {
    typename Model::State state = initial_state(model, tape, batch);
    if (values_.empty()) return state;
    std::size_t index = 0;
    for_each_variable(state, [&](Variable<Scalar>& variable) {
      const Shape kept = index < values_.size() ? values_[index].shape() : Shape{0};
      expect_same_shape("resume: state of this model and batch against the state kept", variable.shape(), kept);
      variable = leaf(values_[index++]);
    });
    if (index < values_.size()) detail::refuse_state("resume: the state kept", index, values_.size());
    return state;
  }

  static std::span<Scalar> row_of(Tensor<Scalar>& value, std::size_t row) {
    detail::expect_place("forget", "row", row, value.shape()[0]);
    return value.values().subspan(row * value.shape().after(0), value.shape().after(0));
  }

  std::vector<Tensor<Scalar>> values_;
  std::vector<Tensor<Scalar>> spare_;  // the memory of what was forgotten
};

}  // namespace unroll::inline v0
