#pragma once

#include <unroll/framework/interval.hpp>
#include <unroll/models/flow_recording.hpp>
#include <unroll/models/layers.hpp>

#include <limits>
#include <optional>
#include <string>

/// See the gradient vanish or explode (Bengio et al. 1994; Pascanu, Mikolov and Bengio 2013).
///
///     const GradientFlow flow = gradient_flow(layers, inputs, [&](auto outputs) {
///       return cross_entropy(output(outputs), targets);
///     });
///     std::cout << verdict(flow) << '\n';   // "layer 0: gradients vanish: they halve every 7.3 steps, ..."
namespace unroll::inline v0 {

struct GradientFlowOptions {
  /// A limit for the gradient of the layers' parameters; none to count nothing. Training that clips the norm over all
  /// parameters of a model clips at least as often, since the parameters beside the layers add to it.
  std::optional<double> clip_norm = {};
  /// Of how many sequences of the batch the Jacobians are looked at.
  std::size_t sequences = 4;
  JacobianOptions jacobians = {};
};

/// norm ≈ constant · per_step^distance: the line of least squares through the logarithms.
struct Decay {
  double per_step = 1;
  std::size_t points = 0;  // that the line goes through; fewer than 2 distances say nothing
  /// The distance from which on all norms are 0, where the line leads to none: a gradient that ends at once.
  std::optional<std::size_t> gone = {};

  /// After how many steps a gradient is half as long, or twice if it grows; infinite if it does neither.
  double halving_steps() const;
};

/// What one layer does to gradients. Steps are counted from 0; s_t is the state after step t.
struct LayerFlow {
  std::vector<StateNorms> states;  // ‖∂L/∂h_t‖, and of each further variable of the state, over the whole batch
  std::vector<JacobianNorm> jacobians;  // ‖∂s_i/∂s_k‖₂ of the whole state
  bool exact = true;                    // these, or by power iteration
  Decay decay;                          // of the Jacobians' norms
  std::optional<double> bound;          // β_W β_φ of one step (recurrence_bound.hpp), where one is known
  std::vector<GateShares> gates;
};

/// Gradients that were longer than the limit.
struct Clipping {
  double limit = std::numeric_limits<double>::infinity();
  std::size_t windows = 0, clipped = 0;

  void count(double norm) { ++windows, clipped += norm > limit; }
  double share() const { return windows == 0 ? 0 : static_cast<double>(clipped) / static_cast<double>(windows); }
};

/// What gradient_flow has seen. A plain value.
struct GradientFlow {
  std::size_t steps = 0, batch = 0;
  double loss = 0;
  double gradient_norm = 0;  // of the parameters of the layers
  std::vector<LayerFlow> layers;
  Clipping clipping;
  DenormalCount denormals;
};

/// The norms at one distance, over all ends.
struct DistanceNorm {
  std::size_t distance;
  double norm;     // the geometric mean of those that are not 0; 0 if most are
  double largest;  // what a bound is compared with
};
std::vector<DistanceNorm> by_distance(const std::vector<JacobianNorm>& norms);

/// The decay of norms. The line leaves out those that are 0 or not finite; per_step is 0 when the gradient is gone,
/// where the line leads to no zeros or has no two distances to go through.
Decay fit_decay(const std::vector<JacobianNorm>& norms);

enum class FlowKind { healthy, vanishing, exploding, not_finite, unknown };

/// Vanishing when less than a hundredth is left of a gradient from one end of the sequence to the other, by the fitted
/// decay or because it is gone on the way, exploding when it grows more than tenfold; unknown when the sequence is too
/// short.
FlowKind kind_of(const LayerFlow& layer, std::size_t steps);
std::string_view name_of(FlowKind kind);
/// Whether no Jacobian is larger than its bound, up to rounding; true where there is none.
bool within_bound(const LayerFlow& layer);

/// "halve every 7.3 steps", "double every 12 steps", "keep their length", "are gone after 3 steps"
std::string describe(const Decay& decay);
/// What all this means, in a sentence or two for each layer, and one each for clipping and denormals if there are any.
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
  layer.gates = gate_shares(cell, recording.path);
  return layer;
}
}  // namespace detail

/// Runs layers of cells over a batch of sequences [T, N, D] from their first state, and the gradient of a loss back
/// through time: `loss(outputs [T, N, H])` gives one number, recorded on the tape of the outputs. Nothing is flushed to
/// zero meanwhile, nothing dropped, and no gradient of a Parameter changes. For analysis: it takes the time of some
/// hundred training steps, and much more for wide states.
/// Throws ArgumentError when there is no layer or no sequence, or for a clip_norm that is not above 0, and what the
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

/// The same for a cell alone.
template <RecurrentCell Cell, class Scalar, class Loss>
GradientFlow gradient_flow(const Cell& cell, const Tensor<Scalar>& inputs, const Loss& loss,
                           const GradientFlowOptions& options = {}) {
  return gradient_flow(Layers<Cell>(std::vector<Cell>{cell}), inputs, loss, options);
}

}  // namespace unroll::inline v0
