#pragma once

#include "support/cell_kind.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/cells/gru_cell.hpp>
#include <unroll/models/cells/lstm_cell.hpp>
#include <unroll/models/cells/rnn_cell.hpp>

#include <cstddef>

namespace experiment {

using support::CellKind;

/// Makes a cell of this kind and returns use(cell). The LSTM begins with a forget bias of 1 (Gers et al. 2000), without
/// which it forgets half of its state at every step. Throws ArgumentError for sizes of 0.
template <class Use>
auto with_cell(CellKind kind, std::size_t inputs, std::size_t hidden, const unroll::Random& random, Use&& use) {
  switch (kind) {
    case CellKind::lstm:
      return use(unroll::LstmCell<float>({.inputs = inputs, .hidden = hidden, .forget_bias = 1}, random));
    case CellKind::gru:
      return use(unroll::GruCell<float>({.inputs = inputs, .hidden = hidden}, random));
    case CellKind::rnn:
      return use(unroll::RnnCell<float>({.inputs = inputs, .hidden = hidden}, random));
  }
  throw unroll::ArgumentError("with_cell: unknown cell");
}

}  // namespace experiment
