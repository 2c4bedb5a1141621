#pragma once

// Everything of models/; with it come the ops and the framework that they need.
#include <unroll/models/activation.hpp>
#include <unroll/models/checkpoints.hpp>
#include <unroll/models/dropout.hpp>
#include <unroll/models/embedding.hpp>
#include <unroll/models/gates.hpp>
#include <unroll/models/gradient_flow.hpp>
#include <unroll/models/gru_cell.hpp>
#include <unroll/models/layer_norm.hpp>
#include <unroll/models/layers.hpp>
#include <unroll/models/linear.hpp>
#include <unroll/models/lstm_cell.hpp>
#include <unroll/models/moment.hpp>
#include <unroll/models/preactivation_rnn_cell.hpp>
#include <unroll/models/recurrence_bound.hpp>
#include <unroll/models/rnn_cell.hpp>
#include <unroll/models/sequential.hpp>
#include <unroll/models/state.hpp>
#include <unroll/models/state_dict.hpp>
#include <unroll/models/unroll.hpp>
