#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tape/tape.hpp>
#include <unroll/ops/ctc_loss.hpp>
#include <unroll/ops/kernels/ctc_lattice.hpp>
#include <unroll/ops/kernels/index_errors.hpp>
#include <unroll/ops/kernels/row_kernels.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace unroll::inline v0 {

namespace {

/// The constants of a row's softmax: the largest logit, and log Σ e^(x - largest).
template <class Scalar>
struct CtcSoftmax {
  Scalar largest, log_sum;
};

/// One sequence that has an alignment.
template <class Scalar>
struct CtcSequence {
  using Wide = detail::Accumulator<Scalar>;
  std::size_t index, steps;
  detail::CtcLattice<Wide> lattice;
  std::span<Wide> rows;  // the first before any step, then one for each step; or two in turn, when no rule reads them
  Wide fraction;         // of its loss in the result

  /// The alignments up to step t; those before any step are row 0.
  detail::CtcRow<Wide> row(std::size_t t) const {
    const std::size_t size = lattice.row_size(), kept = rows.size() / size;
    return {rows.subspan(t % kept * size, size)};
  }
};

/// One recorded loss.
template <class Scalar>
struct CtcLoss {
  using Wide = detail::Accumulator<Scalar>;
  Variable<Scalar> logits;
  std::size_t batch, classes;
  std::span<CtcSequence<Scalar>> sequences;
  std::span<CtcSoftmax<Scalar>> softmaxes;  // [T, N]

  std::size_t row_of(std::size_t t, std::size_t n) const { return t * batch + n; }

  CtcSoftmax<Scalar> softmax_of(const Scalar* x) const {
    using std::log;
    const Scalar largest = detail::largest_of(classes, x);
    return {largest, log(detail::sum_over(
                         classes, [largest](auto a) { return exp(a - largest); }, x))};
  }
  /// The log probability of each class; without the cancellation of large logits.
  auto emission(std::size_t row, const Scalar* x) const {
    return [x, softmax = softmaxes[row]](int v) {
      return (static_cast<Wide>(x[v]) - static_cast<Wide>(softmax.largest)) - static_cast<Wide>(softmax.log_sum);
    };
  }

  /// Walks forward and returns the loss of a sequence; `from` are the numbers of the logits.
  Wide loss_of(const CtcSequence<Scalar>& of, const Scalar* from) const {
    of.lattice.begin(of.row(0));
    for (std::size_t t = 0; t < of.steps; ++t) {
      const std::size_t row = row_of(t, of.index);
      const Scalar* const x = from + row * classes;
      softmaxes[row] = softmax_of(x);
      of.lattice.go_forward(of.row(t), of.row(t + 1));
      of.lattice.emit(of.row(t + 1), emission(row, x));
    }
    return -of.lattice.total(of.row(of.steps));
  }

  /// gradient += factor * ∂loss/∂x, where ∂loss/∂x = softmax(x) - the probabilities of what a step emits given that the
  /// targets are spelled (equation 15 of the paper, for softmaxes that are not normalized again). Walks backward over
  /// two rows in turn, and works in the third.
  void add_gradient(const CtcSequence<Scalar>& of, const Scalar* from, Scalar factor,
                    std::array<detail::CtcRow<Wide>, 3> rows, Scalar* to) const {
    using std::exp;
    auto& [following, next, work] = rows;
    of.lattice.end(following);
    for (std::size_t t = of.steps; t-- > 0; std::swap(following, next)) {
      const std::size_t row = row_of(t, of.index);
      const Scalar* const x = from + row * classes;
      Scalar* const gradient = to + row * classes;
      detail::transform_row(
          classes,
          [factor, softmax = softmaxes[row]](auto a) { return exp((a - softmax.largest) - softmax.log_sum) * factor; },
          {gradient, false}, x);
      of.lattice.go_backward(following, next);
      of.lattice.for_each_emitted(of.row(t + 1), next, work, [&](int v, Wide probability) {
        gradient[v] -= factor * static_cast<Scalar>(probability);
      });
      of.lattice.emit(next, emission(row, x));
    }
  }
};

/// What a call was given.
struct CtcCall {
  const Shape& logits;
  TensorView<const int> targets;
  const CtcOptions& options;

  std::size_t batch() const { return logits[1]; }
  std::size_t steps(std::size_t n) const { return options.lengths.empty() ? logits[0] : options.lengths[n]; }
  std::size_t count(std::size_t n) const {
    return options.target_lengths.empty() ? targets.shape()[0] : options.target_lengths[n];
  }
  int target(std::size_t s, std::size_t n) const { return targets[s * batch() + n]; }
  /// The fewest steps that spell the targets of sequence n.
  std::size_t least_steps(std::size_t n) const {
    std::size_t least = count(n);
    for (std::size_t s = 1; s < count(n); ++s) least += target(s, n) == target(s - 1, n) ? 1 : 0;
    return least;
  }
};

void expect_target_lengths(const CtcCall& given) {
  const Shape shape = given.targets.shape();
  const Lengths lengths = given.options.target_lengths;
  if (lengths.empty()) return;
  if (lengths.size() != given.batch())
    throw ShapeError(fmt::format("ctc_loss: {} given for the N={} sequences of targets {}, expected one each",
                                 counted(lengths.size(), "target length"), given.batch(), describe(shape, "SN")));
  for (std::size_t n = 0; n < lengths.size(); ++n)
    if (lengths[n] > shape[0])
      throw ArgumentError(
          fmt::format("ctc_loss: sequence {} has a target length of {}, but there are S={} targets in "
                      "{} (are lengths and target_lengths exchanged?)",
                      n, lengths[n], shape[0], describe(shape, "SN")));
}

void expect_ctc_shapes(const CtcCall& given) {
  expect_axes("ctc_loss", "the logits", given.logits, "TNV");
  const Shape shape = given.targets.shape();
  if (shape.rank() != 2 || shape[1] != given.batch())
    throw ShapeError(
        fmt::format("ctc_loss: targets of shape {}, expected [S, N={}] for logits {} (PyTorch's are [N, S])",
                    to_string(shape), given.batch(), describe(given.logits, "TNV")));
  expect_lengths("ctc_loss", given.logits, given.options.lengths);
  expect_target_lengths(given);
  if (!detail::is_index(given.options.blank, given.logits[2]))
    throw ArgumentError(fmt::format("ctc_loss: blank is {}, expected one of the V={} classes of logits {}",
                                    given.options.blank, given.logits[2], describe(given.logits, "TNV")));
}

void expect_symbols(const CtcCall& given, std::size_t n) {
  for (std::size_t s = 0; s < given.count(n); ++s) {
    const int target = given.target(s, n);
    if (!detail::is_index(target, given.logits[2]))
      detail::index_outside("ctc_loss", "target", target, given.targets.shape(), s * given.batch() + n, given.logits[2],
                            "V", "set options.target_lengths if it is padding");
    if (target == given.options.blank)
      throw ArgumentError(fmt::format(
          "ctc_loss: target {} at position {} of {} is the blank, expected a symbol (set "
          "options.target_lengths if it is padding, or options.blank)",
          target, index_text(given.targets.shape(), s * given.batch() + n), to_string(given.targets.shape())));
  }
}

/// Whether the steps of a sequence can spell its targets; throws when they cannot, unless that counts as 0.
bool is_possible(const CtcCall& given, std::size_t n) {
  const std::size_t least = given.least_steps(n), count = given.count(n);
  if (given.steps(n) >= least) return true;
  if (given.options.zero_impossible) return false;
  throw ArgumentError(
      fmt::format("ctc_loss: sequence {} has {}, but its {} need at least {}, {} for a blank between equal ones (are "
                  "there too few frames a second? options.zero_impossible counts such a sequence as 0)",
                  n, counted(given.steps(n), "step"), counted(count, "target"), least, least - count));
}

/// What the sum of the losses is divided by.
double ctc_divisor(const CtcCall& given) {
  if (given.options.reduction == Reduction::sum) return 1;
  if (given.batch() == 0) throw ArgumentError("ctc_loss: mean over no sequences");
  if (given.options.reduction == Reduction::mean) return static_cast<double>(given.batch());
  double steps = 0;
  for (std::size_t n = 0; n < given.batch(); ++n) steps += static_cast<double>(given.steps(n));
  if (steps == 0)
    throw ArgumentError(
        fmt::format("ctc_loss: mean over no steps: none of {} has any", counted(given.batch(), "sequence")));
  return steps;
}

/// Sequence n in the tape's memory, with two rows of the lattice, or all that a rule reads.
template <class Scalar>
CtcSequence<Scalar> sequence_of(const CtcCall& given, std::size_t n, double divisor, Variable<Scalar> logits) {
  using Wide = detail::Accumulator<Scalar>;
  Tape<Scalar>& tape = logits.tape();
  const std::size_t count = given.count(n), steps = given.steps(n);
  const auto targets = tape.template scratch<int>(count);
  for (std::size_t s = 0; s < count; ++s) targets[s] = given.target(s, n);
  const detail::CtcLattice<Wide> lattice{targets, given.options.blank,
                                         tape.template scratch<Wide>(detail::CtcRow<Wide>::whole_registers(count) + 1)};
  lattice.find_jumps();
  const std::size_t rows = logits.needs_gradient() ? steps + 1 : 2;
  const double per_target = given.options.per_target ? static_cast<double>(std::max<std::size_t>(count, 1)) : 1;
  return {n, steps, lattice, tape.template scratch<Wide>(rows * lattice.row_size()), Wide(1 / (divisor * per_target))};
}

/// Checks all sequences, and lays out those that have an alignment.
template <class Scalar>
CtcLoss<Scalar> lay_out(const CtcCall& given, Variable<Scalar> logits) {
  Tape<Scalar>& tape = logits.tape();
  const double divisor = ctc_divisor(given);
  const auto sequences = tape.template scratch<CtcSequence<Scalar>>(given.batch());
  std::size_t possible = 0;
  for (std::size_t n = 0; n < given.batch(); ++n) {
    expect_symbols(given, n);
    if (is_possible(given, n)) sequences[possible++] = sequence_of(given, n, divisor, logits);
  }
  const std::size_t rows = given.batch() == 0 ? 0 : given.logits[0] * given.batch();
  return {logits, given.batch(), given.logits[2], sequences.first(possible),
          tape.template scratch<CtcSoftmax<Scalar>>(rows)};
}

template <class Scalar>
void add_ctc_gradients(Variable<Scalar> result, const CtcLoss<Scalar>& loss) {
  using Wide = detail::Accumulator<Scalar>;
  const auto sink = loss.logits.gradient_sink();
  if (sink.unwritten) std::fill_n(sink.data, loss.logits.shape().size(), Scalar{0});
  std::size_t longest = 0;
  for (const auto& sequence : loss.sequences) longest = std::max(longest, sequence.lattice.row_size());
  const auto memory = result.tape().template scratch<Wide>(3 * longest);
  const Scalar upstream = *result.upstream();
  for (const auto& sequence : loss.sequences) {
    if (sequence.fraction == 0) continue;
    std::array<detail::CtcRow<Wide>, 3> rows;
    for (std::size_t i = 0; i < 3; ++i) rows[i] = {memory.subspan(i * longest, sequence.lattice.row_size())};
    const auto factor = static_cast<Scalar>(static_cast<Wide>(upstream) * sequence.fraction);
    loss.add_gradient(sequence, loss.logits.value().data(), factor, rows, sink.data);
  }
}

}  // namespace

template <class Scalar>
Variable<Scalar> ctc_loss(Variable<Scalar> logits, TensorView<const int> targets, const CtcOptions& options,
                          CallSite site) {
  using Wide = detail::Accumulator<Scalar>;
  const CalledFrom caller(logits.tape(), site);
  const Shape shape = logits.shape();
  const CtcCall given{shape, targets, options};
  expect_ctc_shapes(given);
  const CtcLoss<Scalar> loss = lay_out(given, logits);
  const auto y = logits.tape().record("ctc_loss", {}, {logits});
  const Scalar* const from = logits.value().data();
  Wide sum = 0;
  for (auto& sequence : loss.sequences) {
    const Wide own = loss.loss_of(sequence, from);
    const bool unreachable = own == Wide(-detail::no_probability);
    if (!unreachable || !options.zero_impossible) sum += own * sequence.fraction;
    if (unreachable) sequence.fraction = 0;  // no alignment to learn from
  }
  *y.writable() = static_cast<Scalar>(sum);
  y.on_backward([y, loss] { add_ctc_gradients(y, loss); });
  return y;
}

template Variable<float> ctc_loss(Variable<float>, TensorView<const int>, const CtcOptions&, CallSite);
template Variable<double> ctc_loss(Variable<double>, TensorView<const int>, const CtcOptions&, CallSite);
template Variable<DualNumber> ctc_loss(Variable<DualNumber>, TensorView<const int>, const CtcOptions&, CallSite);

}  // namespace unroll::inline v0
