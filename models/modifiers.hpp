#pragma once

#include <unroll/models/coupled_lstm_cell.hpp>
#include <unroll/models/irnn.hpp>
#include <unroll/models/layer_norm_lstm_cell.hpp>
#include <unroll/models/layer_normalized.hpp>
#include <unroll/models/peephole_lstm_cell.hpp>
#include <unroll/models/projected.hpp>
#include <unroll/models/residual.hpp>
#include <unroll/models/state_clipped.hpp>
#include <unroll/models/variational_dropout.hpp>
#include <unroll/models/zoneout.hpp>

/// Modifiers of cells: each is a cell that holds another as `inner`, so that they can be put around each other,
/// stacked, unrolled with checkpoints and saved as any cell. Their parameters have the inner cell's names, and files of
/// the bare cell fit where a modifier has none of its own.
///
///     Layers<Zoneout<LstmCell<>>> layers(2, {.inputs = 64, .hidden = 256}, random);
///     for (auto& cell : layers.cells) cell.rates = {.hidden = 0.05, .cell = 0.5};
///     run(layers, inputs, {.noise = Random(seed).split(training_step)});  // no noise: nothing is dropped
///
/// A modifier changes one thing of a cell:
///   * a step:             step(input, previous, recurrent, moment) calls take_step(inner, ...). `recurrent` [N, H] is
///                         what enters the recurrent products: previous.hidden, or what an outer modifier made of it.
///   * what is projected:  project(inputs) calls project_inputs(inner, inputs), once for all steps.
///   * the whole sequence: around(batch, noise, steps) calls run_around(inner, ..., steps), which gives the outputs of
///                         SequenceBatch, whole or packed (packing.hpp); it is declared to return Variable<Scalar>.
///   * the first state:    initial_state(tape, batch).
/// What it does not say, its inner cell says. examples/custom_modifier.cpp is one of a user's own.
///
/// | modifier           | changes                               | around a cell | around other modifiers   |
/// |--------------------|---------------------------------------|---------------|--------------------------|
/// | Zoneout            | what is kept of the state, at random  | any           | any                      |
/// | VariationalDropout | inputs, recurrent products: one mask  | any           | any                      |
/// | LayerNormalized    | what is projected, recurrent products | any           | any                      |
/// | StateClipped       | what leaves ±limit                    | any           | any                      |
/// | Residual           | outputs of run, not the state         | with D = H    | any (Projected: D = R)   |
/// | Projected          | the width of the hidden state         | all but GRU   | none: it is innermost    |
///
/// These combinations are checked against central differences, in training and at evaluation, on RNN, LSTM and GRU
/// (with Projected: on RNN, LSTM, PeepholeLstmCell and CoupledLstmCell). The outermost is written first:
///
/// | combination                             | what it comes to                                    |
/// |-----------------------------------------|-----------------------------------------------------|
/// | each of the six alone                   |                                                     |
/// | Zoneout<Residual<VariationalDropout>>   | a regularised layer of a deep stack                 |
/// | VariationalDropout<Zoneout>             | the state that is kept is not the dropped one       |
/// | Residual<LayerNormalized>               | a layer of a deep stack that trains without tuning  |
/// | LayerNormalized<VariationalDropout>     | what has been normalised is dropped                 |
/// | VariationalDropout<LayerNormalized>     | what has been dropped is normalised                 |
/// | StateClipped<Zoneout<LayerNormalized>>  | a bounded state                                     |
/// | Zoneout<Projected>                      | LSTMP whose narrow state is kept at random          |
/// | Residual<VariationalDropout<Projected>> | a layer of a deep stack of LSTMP, D = R             |
///
/// The order tells what sees what: Residual adds the inputs that it is given, so that dropout belongs inside it, as in
/// Layers::residual; outside, it drops the shortcut too. Zoneout may stand on either side of both.
///
/// Cells of their own: PeepholeLstmCell, CoupledLstmCell, LayerNormLstmCell, and irnn(), an RnnCell with another start.
