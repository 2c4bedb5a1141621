#pragma once

#include <unroll/models/cells/coupled_lstm_cell.hpp>
#include <unroll/models/cells/irnn.hpp>
#include <unroll/models/cells/layer_norm_lstm_cell.hpp>
#include <unroll/models/cells/peephole_lstm_cell.hpp>
#include <unroll/models/modifiers/layer_normalized.hpp>
#include <unroll/models/modifiers/projected.hpp>
#include <unroll/models/modifiers/residual.hpp>
#include <unroll/models/modifiers/state_clipped.hpp>
#include <unroll/models/modifiers/variational_dropout.hpp>
#include <unroll/models/modifiers/zoneout.hpp>

/// Modifiers of cells: each is a cell that holds another as `inner`, so that modifiers can be put around each other,
/// stacked, run with checkpoints and saved like any cell. The inner cell's parameters keep their names: a modifier
/// without parameters of its own loads the bare cell's files.
///
///     Layers<Zoneout<LstmCell<>>> layers(2, {.inputs = 64, .hidden = 256}, random);
///     for (auto& cell : layers.cells) cell.rates = {.hidden = 0.05, .cell = 0.5};
///     run(layers, inputs, {.noise = Random(seed).split(training_step)});  // no noise: nothing is dropped
///
/// A modifier changes one thing of a cell:
///   * a step:             step(input, previous, recurrent, context) calls take_step(inner, ...). `recurrent` [N, H]
///                         enters the recurrent products: previous.hidden, or what an outer modifier made of it.
///   * projected inputs:   project(inputs) calls project_inputs(inner, inputs), once for all steps.
///   * the whole sequence: around(batch, noise, steps) calls run_around(inner, ..., steps), which returns the outputs
///                         of a SequenceBatch, whole or ragged (ragged_rows.hpp); its return type must be written out,
///                         Variable<Scalar>.
///   * the first state:    initial_state(tape, batch).
/// For a function that a modifier does not have, the library calls the inner cell's. examples/custom_modifier.cpp is a
/// modifier of a user's own.
///
/// models/README.md has a table of what each modifier changes and what it may stand around, and one of the combinations
/// that tests check against central differences.
///
/// The order matters: Residual adds the inputs that it gets, so put dropout inside it, as Layers::residual does;
/// dropout outside drops the shortcut too. Zoneout may stand on either side of both.
///
/// These variants are cells and no modifiers: PeepholeLstmCell, CoupledLstmCell, LayerNormLstmCell, and irnn(), an
/// RnnCell with another start.
