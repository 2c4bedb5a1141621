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
///     unroll(layers, inputs, state, noise);       // noise while training: Random(seed).split(training_step)
///
/// A modifier changes one thing of a cell:
///   * a step:            step(input, previous, recurrent, moment) calls take_step(inner, ...). `recurrent` [N, H] is
///                        what enters the recurrent products: previous.hidden, or what an outer modifier made of it.
///   * what is projected: project(inputs), once for all steps.
///   * the whole sequence: around(inputs, noise, steps) calls detail::around(inner, ..., steps).
///   * the first state:   initial_state(tape, batch).
/// What it does not say, its inner cell says. examples/custom_modifier.cpp is one of a user's own.
///
// clang-format off
/// | modifier           | changes                                  | next to the cell | around other modifiers        |
/// |--------------------|------------------------------------------|------------------|-------------------------------|
/// | Zoneout            | what of the state is kept, at random     | any              | any                           |
/// | VariationalDropout | inputs and recurrent products, one mask  | any              | any                           |
/// | LayerNormalized    | what is projected, recurrent products    | any              | any                           |
/// | StateClipped       | what leaves ±limit                       | any              | any                           |
/// | Residual           | outputs of unroll, not the state; D = H  | any              | any; around Projected, D = R  |
/// | Projected          | the width of the hidden state            | all but GRU      | none: it is the innermost one |
// clang-format on
///
/// These combinations are checked against central differences, in training and at evaluation, on RNN, LSTM and GRU
/// (Projected: on RNN, LSTM, PeepholeLstmCell and CoupledLstmCell), each in the order written and the outermost first:
///
/// | combination                              | what it is good for                                          |
/// |------------------------------------------|--------------------------------------------------------------|
/// | each of the six alone                    |                                                              |
/// | Zoneout<VariationalDropout<Residual>>    | deep stacks, three kinds of regularisation                   |
/// | VariationalDropout<Zoneout>              | the same noise: the kept state is never the dropped one      |
/// | Residual<LayerNormalized>                | deep stacks that train without tuning                        |
/// | LayerNormalized<VariationalDropout>      | drops what has been normalised                               |
/// | VariationalDropout<LayerNormalized>      | normalises what has been dropped                             |
/// | StateClipped<Zoneout<LayerNormalized>>   | bounded states                                               |
/// | Zoneout<Projected>                       | LSTMP with noise, the widths of speech recognisers           |
/// | Residual<VariationalDropout<Projected>>  | deep stacks of LSTMP, D = R                                  |
///
/// Cells of their own: PeepholeLstmCell, CoupledLstmCell, LayerNormLstmCell, and irnn(), an RnnCell with another start.
