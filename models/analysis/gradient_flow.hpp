#pragma once

#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/models/analysis/flow_recording.hpp>
#include <unroll/models/sequences/layers.hpp>

#include <limits>
#include <optional>
#include <string>

/// Measures how the gradient vanishes or explodes through time (Bengio et al. 1994; Pascanu, Mikolov and Bengio 2013).
///
///     const GradientFlow flow = gradient_flow(layers, inputs, [&](auto outputs) {
///       return cross_entropy(output(outputs), targets);
///     });
///     std::cout << verdict(flow) << '\n';   // "layer 0: gradients vanish: they halve every 7.3 steps, ..."
namespace unroll::inline v0 {

/// What gradient_flow measures, and how exactly.
struct GradientFlowOptions {
  /// The norm above which gradients of the layers' parameters count as clipped; without it nothing is counted. Training
  /// that clips the norm over all parameters of a model clips at least as often, since the other parameters add to it.
  std::optional<double> clip_norm = {};
  /// How many sequences of the batch take part in the Jacobians; the time grows with them.
  std::size_t sequences = 4;
  JacobianOptions jacobians = {};  ///< which pairs of steps
};

/// norm ≈ constant · per_step^distance: the line of least squares through the logarithms.
struct Decay {
  double per_step = 1;     ///< the factor of one step
  std::size_t points = 0;  ///< how many the line is fitted to; fewer than 2 distances tell nothing
  /// The distance from which on all norms are 0 although the line leads to no zero: the gradient ends at once.
  std::optional<std::size_t> gone = {};

  /// The number of steps in which a gradient becomes half as long, or twice as long if it grows; infinite if it does
  /// neither.
  double halving_steps() const;
};

/// The effect of one layer on gradients. Steps are counted from 0; s_t is the state after step t.
struct LayerFlow {
  std::vector<StateNorms> states;  ///< ‖∂L/∂h_t‖, and of each further variable of the state, over the whole batch
  std::vector<JacobianNorm> jacobians;  ///< ‖∂s_i/∂s_k‖₂ of the whole state
  bool exact = true;                    ///< whether the Jacobians are exact, or their norms found by power iteration
  Decay decay;                          ///< fitted to the Jacobians' norms
  std::optional<double> bound;          ///< β_W β_φ of one step (recurrence_bound.hpp), where one is known
  std::vector<GateFractions> gates;     ///< of a cell with gates
};

/// How many gradients were longer than a limit.
struct Clipping {
  double limit = std::numeric_limits<double>::infinity();  ///< on the Euclidean norm
  std::size_t windows = 0 /**< gradients counted */, clipped = 0 /**< those longer than the limit */;

  /// Counts a gradient of this norm.
  void count(double norm) { ++windows, clipped += norm > limit; }
  /// The fraction of gradients longer than the limit; 0 when none was counted.
  double fraction() const { return windows == 0 ? 0 : static_cast<double>(clipped) / static_cast<double>(windows); }
};

/// The result of gradient_flow. A plain value.
struct GradientFlow {
  std::size_t steps = 0 /**< T */, batch = 0 /**< N */;
  double loss = 0;                ///< of the one batch
  double gradient_norm = 0;       ///< the Euclidean norm over the parameters of the layers
  std::vector<LayerFlow> layers;  ///< lowest first
  Clipping clipping;              ///< of this one gradient
  DenormalCount denormals;        ///< numbers that training flushes to zero
};

/// The norms at one distance, over all ends.
struct DistanceNorm {
  std::size_t distance;  ///< in steps
  double norm;           ///< the geometric mean of those that are not 0; 0 if most are
  double largest;        ///< the largest norm, which must not exceed a bound
};
/// The norms of each distance, the shortest first.
std::vector<DistanceNorm> by_distance(const std::vector<JacobianNorm>& norms);

/// Fits the decay of norms. The line leaves out norms that are 0 or not finite. per_step is 0 when the gradient is gone
/// and the line leads to no zero, or has fewer than two distances.
Decay fit_decay(const std::vector<JacobianNorm>& norms);

/// What becomes of a gradient from one end of a sequence to the other.
enum class FlowKind {
  healthy,     ///< none of the others
  vanishing,   ///< less than a hundredth is left, or it is gone on the way
  exploding,   ///< it grows more than tenfold
  not_finite,  ///< a norm is infinite or NaN
  unknown      ///< the sequence is too short to tell
};

/// The kind of a layer for sequences of `steps` steps, by the fitted decay.
FlowKind kind_of(const LayerFlow& layer, std::size_t steps);
/// The kind in words.
std::string_view name_of(FlowKind kind);
/// Whether no Jacobian is larger than its bound, up to rounding; true for a layer without a bound.
bool within_bound(const LayerFlow& layer);

/// "halve every 7.3 steps", "double every 12 steps", "keep their length", "are gone after 3 steps"
std::string describe(const Decay& decay);
/// The result in words: a sentence or two for each layer, and one each for clipping and denormals if there are any.
std::string verdict(const GradientFlow& flow);

namespace detail {
void expect_layers_to_look_at(std::size_t layers);
void expect_sequences_to_look_at(const Shape& inputs);

template <RecurrentCell Cell, class Scalar>
LayerFlow look_at(const Cell& cell, const LayerRecording<Cell, Scalar>& recording, const GradientFlowOptions& options) {
  LayerFlow layer;
  layer.states = state_norms(recording);
  PathJacobians<Cell, Scalar> steps(cell, recording.path, options.sequences);
  const auto products = steps.products();
  layer.exact = products.width <= options.jacobians.exact_width;
  layer.jacobians = jacobian_norms(products, options.jacobians);
  layer.decay = fit_decay(layer.jacobians);
  if constexpr (requires { recurrence_bound(cell); }) layer.bound = recurrence_bound(cell);
  layer.gates = gate_fractions(cell, recording.path);
  return layer;
}
}  // namespace detail

/// Runs layers of cells over a batch of sequences [T, N, D] from their first state, and the gradient of a loss back
/// through time. `loss(outputs [T, N, H])` must return one number, recorded on the tape of the outputs. The run neither
/// flushes denormals nor drops anything, and changes no gradient of a Parameter. It is for analysis: it takes the time
/// of some hundred training steps, and much more for wide states.
/// Throws ArgumentError when there is no layer or no sequence and for a clip_norm that is not above 0, and what the
/// layers and the loss throw.
template <RecurrentCell Cell, class Scalar, class Loss>
GradientFlow gradient_flow(const Layers<Cell>& layers, const Tensor<Scalar>& inputs, const Loss& loss,
                           const GradientFlowOptions& options = {}) {
  detail::expect_layers_to_look_at(layers.cells.size());
  if (options.clip_norm) expect_in("gradient_flow", "clip_norm", *options.clip_norm, {.open_low = true});
  detail::expect_sequences_to_look_at(inputs.shape());
  GradientFlow flow{
      .steps = inputs.shape()[0], .batch = inputs.shape()[1], .layers = {}, .clipping = {}, .denormals = {}};
  Tape<Scalar> tape;
  std::vector<detail::LayerRecording<Cell, Scalar>> recordings;
  {
    const KeepDenormals keep;
    tape.set_flushes_denormals(false);
    Variable<Scalar> outputs = tape.constant(inputs);
    for (const Cell& cell : layers.cells) {
      recordings.push_back(detail::record_layer(cell, outputs));
      const bool adds = layers.residual && recordings.size() > 1;
      if (adds) detail::expect_residual(recordings.size() - 1, outputs.shape(), recordings.back().outputs.shape());
      outputs = adds ? recordings.back().outputs + outputs : recordings.back().outputs;
    }
    const Variable<Scalar> found = loss(outputs);
    flow.loss = static_cast<double>(found.item());
    tape.backward(found);
    for (const auto& recording : recordings) detail::count_denormals(recording, flow.denormals);
  }
  flow.gradient_norm = detail::parameter_gradient_norm(tape, layers);
  if (options.clip_norm) flow.clipping.limit = *options.clip_norm;
  flow.clipping.count(flow.gradient_norm);
  for (std::size_t layer = 0; layer < recordings.size(); ++layer)
    flow.layers.push_back(detail::look_at(layers.cells[layer], recordings[layer], options));
  return flow;
}

/// The same for a single cell.
template <RecurrentCell Cell, class Scalar, class Loss>
GradientFlow gradient_flow(const Cell& cell, const Tensor<Scalar>& inputs, const Loss& loss,
                           const GradientFlowOptions& options = {}) {
  return gradient_flow(Layers<Cell>(std::vector<Cell>{cell}), inputs, loss, options);
}

}  // namespace unroll::inline v0
