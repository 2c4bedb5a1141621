#pragma once

#include <unroll/models/training/influence.hpp>
#include <unroll/models/training/own_tape.hpp>
#include <unroll/models/training/recorded_step.hpp>
#include <unroll/models/training/step_jacobian.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace unroll::inline v0 {

/// Which entries of the influence M = ∂state/∂θ a learner keeps, for a state of S numbers and parameters of P.
enum class RtrlApproximation {
  /// All entries: exact. S · P numbers, held twice, and about 2 S² P operations a step, beside S sweeps of the step.
  none,
  /// SnAp-1 (Menick et al. 2021, arXiv:2006.07232): the entries through which a parameter acts on the state within one
  /// step, and the entries of a step's Jacobian that lead from one of them to another. In an RNN, an LSTM or a GRU with
  /// GruReset::after_product these stay within the parameter's own unit: P numbers (an LSTM: 7/4 P) held twice, 2 P
  /// operations (6.5 P), and one sweep (two) of a batch of H rows. When a parameter acts on several units at once, all
  /// its entries are kept: GruReset::before_product, a stack of layers and normalization across units save less, or
  /// nothing. The learner finds the entries at the first input: it takes steps of a copy of the model, with weights
  /// moved a little, from random states until no new entry appears. So the first advance takes some dozen times S
  /// sweeps, and reads S · P numbers as often.
  snap_1,
};

/// The options of an Rtrl.
struct RtrlOptions {
  RtrlApproximation approximation = RtrlApproximation::none;  ///< which entries of the influence it keeps
  /// Bytes that the influence and a step's Jacobian (S² numbers) may take and, with SnAp-1, the list of entries while
  /// the learner looks for them. The learner refuses a state that is too wide before it takes the memory. Tapes, and
  /// lists of which numbers are neighbors, are not counted.
  std::size_t memory_limit = std::size_t{1} << 30;
  /// The noise of the stream, for cells that drop something.
  Noise noise{};
};

namespace detail {

/// Throws TapeError when there has been no step.
void expect_started(std::size_t steps);
/// Throws ShapeError unless the input is one row, of the width of the one before (if that is not 0).
void expect_row(const Shape& input, std::size_t width_before);
/// Throws ArgumentError when so many entries of the influence, in so many bytes, take more than the limit.
void expect_influence_fits(double entries, double bytes, std::size_t components, std::size_t numbers,
                           const RtrlOptions& options);
/// The parameters that are not frozen. Throws ArgumentError when all are frozen.
template <class Scalar>
std::vector<Parameter<Scalar>*> learning_of(const Parameters<Scalar>& parameters);
/// Throws ArgumentError when other parameters are frozen now than when the learner was made.
template <class Scalar>
void expect_still_learning(const Parameters<Scalar>& parameters, std::span<Parameter<Scalar>* const> learning);
/// The index of a parameter among those that learn. Throws ArgumentError when it does not learn.
template <class Scalar>
std::size_t index_of(const Parameter<Scalar>& parameter, std::span<Parameter<Scalar>* const> learning);
/// Adds small random numbers to the parameters of a copy, so that no weight that happens to be 0 hides what it would
/// let through. Parameters that the copy shares with the original are left alone.
template <class Scalar>
void nudge(const Parameters<Scalar>& copies, const Parameters<Scalar>& originals);

}  // namespace detail

/// Real-time recurrent learning (Williams and Zipser 1989): gradients without a sweep back through time, in memory that
/// does not grow with time. Beside the state the learner carries the influence of every parameter on it,
/// M = ∂state/∂θ. A step with the Jacobians J = ∂state'/∂state and I = ∂state'/∂θ makes it M' = J M + I, and the
/// gradient of a loss that reads the state is ∂L/∂state · M, at any step and at once. It serves any cell or stack of
/// modest width, since M is large.
///
///     Rtrl learner(cell);
///     for (;;) {
///       const auto loss_of = [&](Variable<> hidden) { return cross_entropy(output(hidden), target); };
///       const float loss = learner.step(input, loss_of, output_parameters);
///       optimizer.update(parameters);
///     }
///
/// While the weights do not change, the sum of its gradients is the gradient of backpropagation through all steps. The
/// caller may update the weights after every step; M then holds derivatives at the weights of different times, as in
/// the paper, which serves when updates are small.
///
/// A learner has one stream, batch 1, since each stream has an influence of its own. The input is data: a layer below
/// the cell that learns must be part of the model, as a module whose step applies both. In the cell, the rows of a
/// batch must not depend on each other. The learner points to the model, which must outlive it and not be moved; a copy
/// of the learner goes on from the same numbers with the same model. It leaves out parameters that are frozen when it
/// is made.
template <Recurrent Model, class Scalar = detail::ScalarOfState<typename Model::State>>
class Rtrl {
 public:
  /// Throws ArgumentError when every parameter is frozen, and when the influence takes more than options.memory_limit,
  /// and Error when it takes more than the machine has. With SnAp-1 the size is known at the first input only, and
  /// advance() throws these.
  explicit Rtrl(Model& model, const RtrlOptions& options = {})
      : model_(&model), options_(options), parameters_(model), learning_(detail::learning_of(parameters_)) {
    for (const auto* parameter : learning_) sizes_.push_back(parameter->shape().size());
    reset();
    const bool exact = options.approximation == RtrlApproximation::none;
    expect_fits(exact ? static_cast<double>(components()) * static_cast<double>(numbers()) : 0);
    if (exact) influence_ = Influence<Scalar>(components(), sizes_);
    detail::make_room("Rtrl", jacobian_, Shape{components(), components()}.size());
    jacobian_.resize(components() * components());
    cotangent_.resize(components());
  }

  /// Takes the next step of the stream: input [1, D]. Throws ShapeError for another shape, and ArgumentError when other
  /// parameters are frozen than at the start.
  void advance(TensorView<const Scalar> input) {
    detail::expect_row(input.shape(), input_width_);
    detail::expect_still_learning<Scalar>(parameters_, learning_);
    if (influence_.components() == 0) influence_ = within_one_step(input.shape()[1]);
    if (steps_ == 0) begin();
    Tape<Scalar>& tape = step_tape_.cleared();
    const auto step = detail::record_step<Model, Scalar>(*model_, tape, input, state_, influence_.widest_sweep(),
                                                         {options_.noise, steps_});
    hidden_ = step.hidden;
    keep(step.after);
    carry_influence(tape, step.before, step.after);
    input_width_ = input.shape()[1];
    ++steps_;
  }

  /// Adds the gradient of a loss of the present hidden state to those of the model's parameters, and of `others` that
  /// the loss uses, such as an output layer's: `loss_of(hidden [1, H])` returns one number on the tape of `hidden`.
  /// Returns the loss. Throws TapeError before the first step, and ShapeError for a loss of several numbers.
  template <class Loss>
  Scalar backward(const Loss& loss_of, const Parameters<Scalar>& others = {}) {
    expect_started();
    Tape<Scalar>& tape = loss_tape_.cleared();
    const Variable<Scalar> hidden = tape.input(state_[hidden_].view());
    const Variable<Scalar> loss = loss_of(hidden);
    const Scalar value = loss.item();
    tape.backward(loss, others);
    std::fill(cotangent_.begin(), cotangent_.end(), Scalar{0});
    std::copy_n(hidden.gradient().data(), hidden.shape().size(), cotangent_.data() + step_jacobian_.first_of(hidden_));
    add_gradients();
    return value;
  }

  /// advance and backward: takes the next step, and adds the gradient of a loss there. Throws what both throw.
  template <class Loss>
  Scalar step(TensorView<const Scalar> input, const Loss& loss_of, const Parameters<Scalar>& others = {}) {
    advance(input);
    return backward(loss_of, others);
  }

  /// Forgets the stream: the next step begins with the model's first state and its influence.
  void reset() {
    steps_ = 0;
    Tape<Scalar>& tape = step_tape_.cleared();
    const auto state = detail::variables_of(tape, initial_state(*model_, tape, 1));
    step_jacobian_ = StepJacobian<Scalar>(state, learning_);
    keep(state);
  }

  /// The steps since the last reset.
  std::size_t steps() const { return steps_; }
  /// S: the numbers in the state.
  std::size_t components() const { return step_jacobian_.components(); }
  /// P: the numbers in the parameters that learn.
  std::size_t numbers() const {
    std::size_t sum = 0;
    for (const std::size_t size : sizes_) sum += size;
    return sum;
  }
  /// The state as numbers, a tensor [1, ...] for each of its Variables.
  const std::vector<Tensor<Scalar>>& state() const { return state_; }
  /// The hidden state, [1, H]. Throws TapeError before the first step.
  const Tensor<Scalar>& hidden() const {
    expect_started();
    return state_[hidden_];
  }
  /// ∂state/∂parameter, [S, numbers in it]; entries that are not kept are 0. Throws ArgumentError for a parameter that
  /// does not learn here, and TapeError before the first step.
  Tensor<Scalar> influence(const Parameter<Scalar>& parameter) const {
    expect_started();
    const std::size_t location = detail::index_of<Scalar>(parameter, learning_);
    return influence_.of(location, sizes_[location]);
  }
  /// How many entries of the influence are kept: S · P; with SnAp-1 those of its pattern, known from the first step on.
  std::size_t kept_entries() const { return influence_.entries(); }

 private:
  using Variables = std::span<const Variable<Scalar>>;

  void expect_started() const { detail::expect_started(steps_); }
  void expect_fits(double entries) const {
    const bool exact = options_.approximation == RtrlApproximation::none;
    const double largest = static_cast<double>(*std::max_element(sizes_.begin(), sizes_.end()));
    const double noted = exact ? 0 : InfluencePattern::bytes(entries, largest);
    const double bytes = Influence<Scalar>::bytes(static_cast<double>(components()), entries) + noted;
    detail::expect_influence_fits(entries, bytes, components(), numbers(), options_);
  }

  void keep(Variables state) {
    state_.resize(state.size());
    for (std::size_t i = 0; i < state.size(); ++i)
      state_[i].assign(TensorView<const Scalar>(state[i].value().data(), state[i].shape().with(0, 1)));
  }

  /// Makes the first state and its influence, since a first state may depend on parameters.
  void begin() {
    influence_.clear();
    Tape<Scalar>& tape = step_tape_.cleared();
    const auto state = detail::variables_of(tape, initial_state(*model_, tape, influence_.widest_sweep()));
    keep(state);
    std::fill(jacobian_.begin(), jacobian_.end(), Scalar{0});
    carry_influence(tape, {}, state);
  }

  void carry_influence(Tape<Scalar>& tape, Variables before, Variables after) {
    for (std::size_t i = 0; i < influence_.sweeps(); ++i) {
      const std::span<const std::size_t> components = influence_.sweep(i);
      step_jacobian_.sweep(tape, after, components);
      influence_.put_immediate(i, step_jacobian_.gradients());
      step_jacobian_.put_rows(before, components, jacobian_.data());
    }
    influence_.advance(jacobian_.data());
  }

  void add_gradients() {
    sums_.clear();
    for (auto* parameter : learning_) sums_.push_back(parameter->gradient_memory());
    influence_.add_gradient(cotangent_.data(), sums_);
    for (auto* parameter : learning_) parameter->mark_gradient_written();
  }

  Influence<Scalar> within_one_step(std::size_t input_width);
  std::size_t look(Tape<Scalar>& tape, StepJacobian<Scalar>& jacobian, Variables after,
                   InfluencePattern& pattern) const;

  Model* model_;
  RtrlOptions options_;
  Parameters<Scalar> parameters_;
  std::vector<Parameter<Scalar>*> learning_;
  std::vector<std::size_t> sizes_;     // of the parameters that learn
  std::vector<Tensor<Scalar>> state_;  // one row
  std::size_t steps_ = 0, input_width_ = 0, hidden_ = 0;
  Influence<Scalar> influence_;
  StepJacobian<Scalar> step_jacobian_;
  std::vector<Scalar> jacobian_, cotangent_;  // [S, S], [S]
  std::vector<Scalar*> sums_;
  detail::OwnTape<Scalar> step_tape_, loss_tape_;
};

/// The influence with the entries of SnAp-1. Takes steps from random states until several in a row have shown no new
/// entry: one step may miss entries, since a relu that is closed hides what it lets through at other times.
template <Recurrent Model, class Scalar>
Influence<Scalar> Rtrl<Model, Scalar>::within_one_step(std::size_t input_width) {
  constexpr std::size_t quiet_looks = 10, most_looks = 100;
  Model nudged = *model_;
  const Parameters<Scalar> parameters(nudged);
  detail::nudge(parameters, parameters_);
  InfluencePattern pattern(components(), sizes_);
  Tape<Scalar>& first = step_tape_.cleared();
  const auto first_state = detail::variables_of(first, initial_state(nudged, first, 1));
  StepJacobian<Scalar> jacobian(first_state, detail::learning_of(parameters));
  look(first, jacobian, first_state, pattern);
  for (std::size_t looks = 0, quiet = 0; quiet < quiet_looks && looks < most_looks; ++looks) {
    const Random random = Random(20).split(looks);
    std::vector<Tensor<Scalar>> state;
    for (const auto& row : state_) state.push_back(normal<Scalar>(random.split(state.size() + 1), row.shape(), 0, 0.5));
    const auto input = normal<Scalar>(random.split(0), {1, input_width});
    Tape<Scalar>& tape = step_tape_.cleared();
    const auto step = detail::record_step<Model, Scalar>(nudged, tape, input, state, 1, {});
    quiet = look(tape, jacobian, step.after, pattern) > 0 ? 0 : quiet + 1;
  }
  // With noise the rows of a batch drop different units, so components must not share a sweep.
  return Influence<Scalar>(pattern, options_.noise ? Sweeps::one_by_one : Sweeps::shared);
}

/// Adds to the pattern the numbers of parameters that act on a recorded state; returns how many entries are new.
template <Recurrent Model, class Scalar>
std::size_t Rtrl<Model, Scalar>::look(Tape<Scalar>& tape, StepJacobian<Scalar>& jacobian, Variables after,
                                      InfluencePattern& pattern) const {
  std::size_t found = 0;
  for (std::size_t component = 0; component < components(); ++component) {
    jacobian.sweep(tape, after, {&component, 1});
    for (std::size_t parameter = 0; parameter < sizes_.size(); ++parameter)
      if (const Scalar* const gradient = jacobian.gradients()[parameter])
        found += pattern.add(component, parameter, gradient);
    expect_fits(static_cast<double>(pattern.entries()));
  }
  return found;
}

}  // namespace unroll::inline v0
