#pragma once

#include <unroll/models/sequences/ragged_rows.hpp>
#include <unroll/models/sequences/starts.hpp>
#include <unroll/models/sequences/state.hpp>
#include <unroll/models/sequences/step_context.hpp>

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

namespace unroll::inline v0 {

/// One step of a recurrent network: `cell.step(input [N, D], state) -> next state`, where State is a plain struct of
/// Variables, the first of them named hidden. A cell may have a second function: `project(inputs)` sees no state and
/// runs once for all steps, and step then gets a step of its result as input. A cell that needs random numbers or the
/// time takes a StepContext: `cell.step(input, state, context)`. A cell that holds another one as `inner` is a modifier
/// (modifiers.hpp): `cell.step(input, state, recurrent, context)`.
template <class Cell>
concept RecurrentCell = Recurrent<Cell> && requires(const Cell& cell, typename Cell::State state, StepContext context) {
  requires requires {
    { cell.step(state.hidden, state) } -> std::same_as<typename Cell::State>;
  } || requires {
    { cell.step(state.hidden, state, context) } -> std::same_as<typename Cell::State>;
  } || requires {
    { cell.step(state.hidden, state, state.hidden, context) } -> std::same_as<typename Cell::State>;
  };
};

/// A cell that holds another cell as `inner`. Where it has no `project` or `initial_state`, the inner cell's is used.
template <class Cell>
concept ModifiedCell = requires(const Cell& cell) {
  requires RecurrentCell<std::remove_cvref_t<decltype(cell.inner)>>;
};

/// A step of any cell, its input already projected; modifiers call it for their inner cell. A cell whose step takes a
/// context gets `context`.
template <RecurrentCell Cell, class Scalar>
typename Cell::State take_step(const Cell& cell, Variable<Scalar> input, const typename Cell::State& state,
                               const StepContext& context) {
  input.tape().begin_step(context.step, input);
  if constexpr (requires { cell.step(input, state, context); })
    return cell.step(input, state, context);
  else if constexpr (requires { cell.step(input, state); })
    return cell.step(input, state);
  else
    return cell.step(input, state, state.hidden, context);
}

/// The same when `recurrent` [N, H] replaces the hidden state in the products with the recurrent weights: the dropped
/// or normalized hidden state, for example. A cell that also uses its hidden state elsewhere, as a GRU does (z ∘ h),
/// has a `step(input, state, recurrent)`; any other cell simply sees `recurrent` as its hidden state.
template <RecurrentCell Cell, class Scalar>
typename Cell::State take_step(const Cell& cell, Variable<Scalar> input, const typename Cell::State& state,
                               Variable<Scalar> recurrent, const StepContext& context) {
  if constexpr (requires { cell.step(input, state, recurrent, context); }) {
    return cell.step(input, state, recurrent, context);
  } else if constexpr (requires { cell.step(input, state, recurrent); }) {
    return cell.step(input, state, recurrent);
  } else {
    static_assert(!ModifiedCell<Cell>,
                  "a modifier's step takes what enters the recurrent products and passes it on: "
                  "step(input, state, recurrent, context)");
    typename Cell::State seen = state;
    seen.hidden = recurrent;
    return take_step(cell, input, seen, context);
  }
}

/// The part of all steps that does not depend on the state: [T, N, D] -> what cell.project returns, or the inputs
/// themselves for a cell without project.
template <RecurrentCell Cell, class Scalar>
Variable<Scalar> project_inputs(const Cell& cell, Variable<Scalar> inputs) {
  if constexpr (requires { cell.project(inputs); })
    return cell.project(inputs);
  else if constexpr (ModifiedCell<Cell>)
    return project_inputs(cell.inner, inputs);
  else
    return inputs;
}

/// A whole step of any cell by hand, its input [N, D] not yet projected. It leaves out what a modifier does around a
/// sequence: VariationalDropout drops no inputs, Residual adds none.
template <RecurrentCell Cell, class Scalar>
typename Cell::State run_step(const Cell& cell, Variable<Scalar> input, const typename Cell::State& state,
                              const StepContext& context = {}) {
  return take_step(cell, project_inputs(cell, input), state, context);
}

namespace detail {
/// Whether a cell, or an inner one, has a function `around`.
template <class Cell>
constexpr bool has_around() {
  if constexpr (requires(const Cell& cell, typename Cell::State state) {
                  cell.around(SequenceBatch{state.hidden}, Noise(), std::identity());
                })
    return true;
  else if constexpr (ModifiedCell<Cell>)
    return has_around<std::remove_cvref_t<decltype(std::declval<Cell>().inner)>>();
  else
    return false;
}
}  // namespace detail

/// Calls the cell's `around` on a batch, whole or ragged. `steps` makes the outputs of inputs, and is called alone for
/// a cell without around.
template <RecurrentCell Cell, class Scalar, class Steps>
Variable<Scalar> run_around(const Cell& cell, const SequenceBatch<Scalar>& inputs, const Noise& noise,
                            const Steps& steps) {
  if constexpr (requires { cell.around(inputs, noise, steps); })
    return cell.around(inputs, noise, steps);
  else if constexpr (detail::has_around<Cell>())
    return run_around(cell.inner, inputs, noise, steps);
  else
    return steps(inputs);
}

/// The results of a layer for a batch of sequences.
template <class Scalar, class State>
struct Unrolled {
  Variable<Scalar> outputs;  ///< the hidden state of every step, [T, N, H]
  State state;               ///< the state after the last step of each sequence
};

/// A layer that can begin rows of its state anew within a run: `layer.run(batch, state, begin, starts) -> Unrolled`.
template <class Layer, class Scalar>
concept LayerWithStarts = Recurrent<Layer> && requires(const Layer& layer, const SequenceBatch<Scalar>& batch,
                                                       const typename Layer::State& state, StepContext begin,
                                                       Starts starts) {
  { layer.run(batch, state, begin, starts) } -> std::same_as<Unrolled<Scalar, typename Layer::State>>;
};

/// A model that `run` takes over sequences: a cell, which run steps through, or a layer with a function of its own,
/// `layer.run(batch, state, begin) -> Unrolled`, whose outputs are whole or ragged as the batch is. It may take starts,
/// too.
template <class Layer, class Scalar>
concept RecurrentLayer = RecurrentCell<Layer> || LayerWithStarts<Layer, Scalar> ||(Recurrent<Layer>&& requires(
    const Layer& layer, const SequenceBatch<Scalar>& batch, const typename Layer::State& state, StepContext begin) {
  { layer.run(batch, state, begin) } -> std::same_as<Unrolled<Scalar, typename Layer::State>>;
});

}  // namespace unroll::inline v0
