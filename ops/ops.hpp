#pragma once

/// All ops, the products of matrices for an op of your own, and the instructions that they were compiled for. It leaves
/// out nested_piece.hpp, which only an op with a nested tape needs. A file that includes only the headers that it uses
/// compiles faster. Every op throws TapeError when its tape has swept backward and has not been cleared since, and when
/// its operands are of different tapes.
#include <unroll/ops/activations.hpp>
#include <unroll/ops/arithmetic.hpp>
#include <unroll/ops/bias.hpp>
#include <unroll/ops/cross_entropy.hpp>
#include <unroll/ops/ctc_beam.hpp>
#include <unroll/ops/ctc_decoding.hpp>
#include <unroll/ops/ctc_loss.hpp>
#include <unroll/ops/dropout.hpp>
#include <unroll/ops/gather.hpp>
#include <unroll/ops/instruction_set.hpp>
#include <unroll/ops/joining.hpp>
#include <unroll/ops/largest.hpp>
#include <unroll/ops/layer_norm.hpp>
#include <unroll/ops/lengths.hpp>
#include <unroll/ops/linear.hpp>
#include <unroll/ops/losses.hpp>
#include <unroll/ops/map.hpp>
#include <unroll/ops/map_with_slope.hpp>
#include <unroll/ops/matmul.hpp>
#include <unroll/ops/outer.hpp>
#include <unroll/ops/over_time.hpp>
#include <unroll/ops/product.hpp>
#include <unroll/ops/reduction.hpp>
#include <unroll/ops/rows.hpp>
#include <unroll/ops/sampling.hpp>
#include <unroll/ops/shaping.hpp>
#include <unroll/ops/softmax.hpp>
#include <unroll/ops/take_rows.hpp>
#include <unroll/ops/zoneout.hpp>
