#pragma once

#include <unroll/framework/module.hpp>
#include <unroll/models/checkpoint_schedule.hpp>
#include <unroll/models/layers.hpp>

#include <algorithm>
#include <new>
#include <span>

namespace unroll::inline v0 {

namespace detail {

/// A model that can be unrolled over any piece of a sequence, without its type.
template <class Scalar>
struct Unroller {
  const void* model;  // in the tape's memory
  /// Runs the piece that begins `first` steps after the beginning from `state`, leaves there the state behind it, and
  /// returns the outputs.
  Variable<Scalar> (*run)(const void* model, Variable<Scalar> piece, std::span<Variable<Scalar>> state,
                          std::size_t first);
};

/// What a model gives for a sequence: the outputs, and the Variables of the state after it.
template <class Scalar>
struct UnrolledVariables {
  Variable<Scalar> outputs;
  std::span<const Variable<Scalar>> state;
};

/// `operands`, in the tape's memory, are the inputs, the `state_size` Variables of the state, and the parameters.
/// `output` is the shape of one step's.
template <class Scalar>
UnrolledVariables<Scalar> unroll_segments(const Unroller<Scalar>& unroller, const Checkpoints& checkpoints,
                                          std::span<const Variable<Scalar>> operands, std::size_t state_size,
                                          const Shape& output);

/// Whether a product with the inputs is a product with the table that they are picked from (rows): then it is made once
/// for all segments, and its rows are picked. Otherwise a segment's inputs are projected with the segment.
template <class Scalar>
bool are_picked(Variable<Scalar> inputs);

/// A piece of a sequence on a tape nested in the one that was asked for the whole, so that no line is told.
template <class Layer, class Scalar>
auto run_piece_of(const Layer& layer, Variable<Scalar> piece, const typename Layer::State& state, const Moment& begin) {
  const Scope scope(piece.tape(), Where());
  return run_layer(layer, SequenceBatch<Scalar>{piece}, state, begin);
}

template <class Cell>
struct CellUnroller {
  using State = typename Cell::State;
  const Cell* cell;
  Moment begin;
  bool projected = false;  // the pieces are of what project gave

  const Cell& module() const { return *cell; }
  const Cell& first_cell() const { return *cell; }
  template <class Scalar>
  State empty_state(Tape<Scalar>&) const {
    return {};
  }
  Shape output_shape(const State& state) const { return state.hidden.shape(); }
  template <class Scalar>
  auto operator()(Variable<Scalar> piece, const State& state, std::size_t first) const {
    const Moment here = begin.after(first);
    return projected ? unroll_projected(*cell, piece, state, here) : run_piece_of(*cell, piece, state, here);
  }
};

template <class Cell>
struct LayersUnroller {
  using State = typename Layers<Cell>::State;
  const Layers<Cell>* layers;
  Moment begin;
  bool projected = false;  // the pieces are of what the first layer's project gave

  const Layers<Cell>& module() const { return *layers; }
  const Cell& first_cell() const { return layers->cells[0]; }
  template <class Scalar>
  State empty_state(Tape<Scalar>& tape) const {
    const State state{tape.template scratch<typename Cell::State>(layers->cells.size())};
    std::fill(state.layers.begin(), state.layers.end(), typename Cell::State{});
    return state;
  }
  Shape output_shape(const State& state) const { return state.layers.back().hidden.shape(); }
  template <class Scalar>
  auto operator()(Variable<Scalar> piece, const State& state, std::size_t first) const {
    const Moment here = begin.after(first);
    if (!projected) return run_piece_of(*layers, piece, state, here);
    const auto lowest = unroll_projected(first_cell(), piece, state.layers[0], moment_of_layer(here, 0));
    return layers->run_above(lowest, nullptr, state, here);
  }
};

/// A state of the unroller's kind with these Variables.
template <class Model, class Scalar>
typename Model::State state_of(const Model& model, Tape<Scalar>& tape, std::span<const Variable<Scalar>> variables) {
  typename Model::State state = model.empty_state(tape);
  std::size_t next = 0;
  for_each_variable(state, [&](auto& variable) { variable = variables[next++]; });
  return state;
}

template <class Model, class Scalar>
Variable<Scalar> run_piece(const void* model, Variable<Scalar> piece, std::span<Variable<Scalar>> variables,
                           std::size_t first) {
  const auto& unroller = *static_cast<const Model*>(model);
  const auto [outputs, last] = unroller(piece, state_of<Model, Scalar>(unroller, piece.tape(), variables), first);
  std::size_t next = 0;
  for_each_variable(last, [&](const auto& variable) { variables[next++] = variable; });
  return outputs;
}

template <class Model, class Scalar>
Unrolled<Scalar, typename Model::State> unroll_by_segments(Model model, Variable<Scalar> inputs,
                                                           const typename Model::State& state,
                                                           const Checkpoints& checkpoints) {
  std::size_t variables = 0, parameters = 0;
  for_each_variable(state, [&](const auto&) { ++variables; });
  for_each_unnamed_parameter(model.module(), [&](const auto&) { ++parameters; });
  if (inputs.shape()[1] == 0) return model(inputs, state, 0);  // of no sequences there is nothing to keep

  constexpr bool by_cell_alone = !has_around<std::remove_cvref_t<decltype(model.first_cell())>>();
  if (by_cell_alone && are_picked(inputs))
    if (const auto projected = project(model.first_cell(), inputs); are_picked(projected)) {
      inputs = projected;
      model.projected = true;
    }

  Tape<Scalar>& tape = inputs.tape();
  const auto operands = tape.template scratch<Variable<Scalar>>(1 + variables + parameters);
  std::size_t next = 0;
  operands[next++] = inputs;
  for_each_variable(state, [&](const auto& variable) { operands[next++] = variable; });
  for_each_unnamed_parameter(model.module(), [&](const auto& parameter) { operands[next++] = tape.use(parameter); });

  auto* const kept = new (tape.template scratch<Model>(1).data()) Model(model);
  const auto [outputs, last] = unroll_segments<Scalar>({kept, &run_piece<Model, Scalar>}, checkpoints, operands,
                                                       variables, model.output_shape(state));
  return {outputs, state_of<Model, Scalar>(model, tape, last)};
}

/// Throws ArgumentError: only a cell, and layers of cells, can be run segment by segment.
[[noreturn]] void refuse_checkpoints();

template <class Layer>
inline constexpr bool is_layers_of_cells = false;
template <RecurrentCell Cell>
inline constexpr bool is_layers_of_cells<Layers<Cell>> = true;

/// Runs a cell, or layers of cells, over whole sequences [T, N, D] with the same results and gradients as run_layer,
/// but keeps only some of the states and runs the steps between them again during backward. The tape keeps the inputs,
/// the outputs and the states kept, and what one segment records. The layer must outlive backward, and hold no
/// Variables: what its steps read is inputs, state and Parameters. It is run segment by segment, so that
/// project(inputs) sees a segment's inputs. All layers are run over one segment after another, and a state is that of
/// all of them. What is dropped is replayed.
template <class Layer, class Scalar>
Unrolled<Scalar, typename Layer::State> run_with_checkpoints(const Layer& layer, Variable<Scalar> inputs,
                                                             const typename Layer::State& state, const Moment& begin,
                                                             const Checkpoints& checkpoints) {
  if constexpr (RecurrentCell<Layer>) {
    return unroll_by_segments(CellUnroller<Layer>{&layer, begin}, inputs, state, checkpoints);
  } else if constexpr (is_layers_of_cells<Layer>) {
    expect_layers(layer.cells.size(), state.layers.size());
    return unroll_by_segments(LayersUnroller<std::remove_cvref_t<decltype(layer.cells[0])>>{&layer, begin}, inputs,
                              state, checkpoints);
  } else {
    refuse_checkpoints();
  }
}

}  // namespace detail

}  // namespace unroll::inline v0
