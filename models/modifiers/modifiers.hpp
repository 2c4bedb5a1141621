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
/// | modifier           | changes                               | around a cell | around other modifiers   |
/// |--------------------|---------------------------------------|---------------|--------------------------|
/// | Zoneout            | the state: units kept at random       | any           | any                      |
/// | VariationalDropout | inputs, recurrent products: one mask  | any           | any                      |
/// | LayerNormalized    | projected inputs, recurrent products  | any           | any                      |
/// | StateClipped       | the state: held within ±limit         | any           | any                      |
/// | Residual           | outputs of run, not the state         | with D = H    | any (Projected: D = R)   |
/// | Projected          | the width of the hidden state         | all but GRU   | none: it is innermost    |
///
/// Tests check these combinations against central differences, in training and at evaluation, on RNN, LSTM and GRU
/// (with Projected: on RNN, LSTM, PeepholeLstmCell and CoupledLstmCell). The outermost is written first:
///
/// | combination                             | its effect                                          |
/// |-----------------------------------------|-----------------------------------------------------|
/// | each of the six alone                   |                                                     |
/// | Zoneout<Residual<VariationalDropout>>   | a regularized layer of a deep stack                 |
/// | VariationalDropout<Zoneout>             | zoneout keeps units of the undropped state          |
/// | Residual<LayerNormalized>               | a layer of a deep stack that trains without tuning  |
/// | LayerNormalized<VariationalDropout>     | normalizes the hidden state, then drops             |
/// | VariationalDropout<LayerNormalized>     | drops from the hidden state, then normalizes        |
/// | StateClipped<Zoneout<LayerNormalized>>  | a bounded state                                     |
/// | Zoneout<Projected>                      | LSTMP with zoneout of its narrow state              |
/// | Residual<VariationalDropout<Projected>> | a layer of a deep stack of LSTMP, D = R             |
///
/// The order matters: Residual adds the inputs that it gets, so put dropout inside it, as Layers::residual does;
/// dropout outside drops the shortcut too. Zoneout may stand on either side of both.
///
/// These variants are cells and no modifiers: PeepholeLstmCell, CoupledLstmCell, LayerNormLstmCell, and irnn(), an
/// RnnCell with another start.
