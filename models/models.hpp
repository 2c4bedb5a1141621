#pragma once

// Everything of models/; with it come the ops and the framework that they need.
#include <unroll/models/activation.hpp>
#include <unroll/models/attention_pooling.hpp>
#include <unroll/models/bidirectional.hpp>
#include <unroll/models/checkpoints.hpp>
#include <unroll/models/dropout.hpp>
#include <unroll/models/embedding.hpp>
#include <unroll/models/gru_cell.hpp>
#include <unroll/models/layer_norm.hpp>
#include <unroll/models/layers.hpp>
#include <unroll/models/linear.hpp>
#include <unroll/models/lstm_cell.hpp>
#include <unroll/models/modifiers.hpp>
#include <unroll/models/moment.hpp>
#include <unroll/models/packing.hpp>
#include <unroll/models/recurrent_cell.hpp>
#include <unroll/models/rnn_cell.hpp>
#include <unroll/models/rtrl.hpp>
#include <unroll/models/sequence.hpp>
#include <unroll/models/sequential.hpp>
#include <unroll/models/stack.hpp>
#include <unroll/models/state.hpp>
#include <unroll/models/state_dict.hpp>
#include <unroll/models/truncated.hpp>
#include <unroll/models/unroll.hpp>
