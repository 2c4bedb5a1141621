#include <unroll/framework/errors/argument_range.hpp>
#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tape/tape.hpp>
#include <unroll/ops/cross_entropy.hpp>
#include <unroll/ops/kernels/index_errors.hpp>
#include <unroll/ops/kernels/row_kernels.hpp>

#include <fmt/format.h>

#include <cmath>
#include <numeric>

namespace unroll::inline v0 {

namespace {

constexpr int ignored = -1;

/// What the rule needs of a row: its target, or `ignored`, and the constants of its softmax.
template <class Scalar>
struct Row {
  int target;
  Scalar largest, sum;  // of x, and of e^(x - largest)
};

/// One recorded cross entropy.
template <class Scalar>
struct CrossEntropy {
  Variable<Scalar> logits;
  std::size_t classes;
  std::span<Row<Scalar>> rows;
  std::span<Scalar> weights;  // empty: all are 1
  Scalar smoothing;
  Scalar weight_sum;  // over all classes

  Scalar weight(int target) const { return weights.empty() ? Scalar{1} : weights[static_cast<std::size_t>(target)]; }
  const Scalar* numbers(std::size_t row) const { return logits.value().data() + row * classes; }

  /// Completes a row whose target is known, and returns its loss. log Σ e^x - x = log(sum) + (largest - x), without
  /// the cancellation of large logits.
  detail::Accumulator<Scalar> loss_of(Row<Scalar>& row, const Scalar* x) const {
    using std::log;
    row.largest = detail::largest_of(classes, x);
    row.sum = detail::sum_over(
        classes, [m = row.largest](auto a) { return exp(a - m); }, x);
    const Scalar rest = log(row.sum);
    const Scalar own = weight(row.target) * (rest + (row.largest - x[row.target]));
    if (smoothing == 0) return finite_loss(own, row, x);
    const auto distance = [rest, m = row.largest](auto a) { return rest + (m - a); };
    const auto weighted = [=](auto a, auto w) { return w * distance(a); };
    const Scalar all = weights.empty() ? detail::sum_over(classes, distance, x)
                                       : detail::sum_over(classes, weighted, x, weights.data());
    return finite_loss((1 - smoothing) * own + smoothing / static_cast<Scalar>(classes) * all, row, x);
  }

  /// The loss of a row; computed again in double when it, or a term of it, is beyond a float.
  detail::Accumulator<Scalar> finite_loss(Scalar loss, const Row<Scalar>& row, const Scalar* x) const {
    using std::log;
    using Wide = detail::Accumulator<Scalar>;
    if (std::isfinite(detail::value_of(loss))) return static_cast<Wide>(loss);
    const auto as_target = [&](int v) {
      return static_cast<Wide>(weight(v))
             * (log(static_cast<Wide>(row.sum)) + (static_cast<Wide>(row.largest) - static_cast<Wide>(x[v])));
    };
    if (smoothing == 0) return as_target(row.target);
    Wide all = 0;
    for (int v = 0; v < static_cast<int>(classes); ++v) all += as_target(v);
    const auto fraction = static_cast<Wide>(smoothing);
    return (1 - fraction) * as_target(row.target) + fraction / static_cast<Wide>(classes) * all;
  }

  /// gradient (+)= factor * ∂loss/∂x, where ∂loss/∂x = W softmax(x) - (1 - ε) w_t [v = t] - ε/V w_v, and W is the sum
  /// over v of the two terms that are subtracted.
  void gradient_of(const Row<Scalar>& row, const Scalar* x, Scalar factor, const GradientSink<Scalar>& gradient) const {
    if (row.target == ignored) {
      if (gradient.unwritten) std::fill_n(gradient.data, classes, Scalar{0});
      return;
    }
    const Scalar spread = factor * smoothing / static_cast<Scalar>(classes);
    const Scalar own = factor * (1 - smoothing) * weight(row.target);
    const Scalar scale = (own + spread * weight_sum) / row.sum;
    const auto softmax = [scale, m = row.largest](auto a) { return exp(a - m) * scale; };
    if (weights.empty())
      detail::transform_row(
          classes, [=](auto a) { return softmax(a) - spread; }, gradient, x);
    else
      detail::transform_row(
          classes, [=](auto a, auto w) { return softmax(a) - spread * w; }, gradient, x, weights.data());
    gradient.data[row.target] -= own;
  }
};

template <class Scalar>
void expect_sensible(const Shape& logits, const Shape& targets, const CrossEntropyOptions<Scalar>& options) {
  if (logits.rank() == 0 || targets != logits.without(logits.rank() - 1))
    throw ShapeError(
        fmt::format("cross_entropy: logits {} need one target for each row of the last axis, V, but targets "
                    "have shape {}",
                    to_string(logits), to_string(targets)));
  if (!options.class_weights.empty() && options.class_weights.size() != logits.back())
    throw ShapeError(fmt::format("cross_entropy: {} given for the V={} classes of logits {}",
                                 counted(options.class_weights.size(), "class weight"), logits.back(),
                                 to_string(logits)));
  for (std::size_t v = 0; v < options.class_weights.size(); ++v) {
    const auto weight = static_cast<double>(detail::value_of(options.class_weights[v]));
    if (!contains(not_negative, weight))
      expect_in("cross_entropy", fmt::format("class weight {}", v), weight, not_negative);
  }
  if (!options.lengths.empty() || options.reduction == Reduction::sum_per_step)
    expect_lengths("cross_entropy", targets, options.lengths);
  expect_in("cross_entropy", "label_smoothing", options.label_smoothing, {.low = 0, .high = 1});
}

/// Notes the targets, and returns what the reduction divides by: the sum of the weights of those that count, the number
/// of steps that have any, or 1.
template <class Scalar>
detail::Accumulator<Scalar> note_targets(const CrossEntropy<Scalar>& loss, TensorView<const int> targets,
                                         const CrossEntropyOptions<Scalar>& options) {
  detail::Accumulator<Scalar> weight = 0, steps = 0;
  const detail::ExistingRows existing(options.lengths.empty() ? 0 : targets.shape().after(0), options.lengths);
  std::size_t uncounted = 0;  // the first target of the next step
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const bool counts = targets[i] != options.ignore && existing.contains(i);
    loss.rows[i].target = counts ? targets[i] : ignored;
    if (!counts) continue;
    if (!detail::is_index(targets[i], loss.classes))
      detail::index_outside("cross_entropy", "target", targets[i], targets.shape(), i, loss.classes, "V",
                            "set options.ignore if it marks positions that do not count");
    weight += static_cast<detail::Accumulator<Scalar>>(loss.weight(targets[i]));
    if (options.reduction != Reduction::sum_per_step || i < uncounted) continue;
    const std::size_t rows = targets.shape().after(1);
    uncounted = (i / rows + 1) * rows;
    steps += 1;
  }
  if (options.reduction == Reduction::sum) return 1;
  return options.reduction == Reduction::mean ? weight : steps;
}

}  // namespace

template <class Scalar>
Variable<Scalar> cross_entropy(Variable<Scalar> logits, TensorView<const int> targets,
                               const CrossEntropyOptions<std::type_identity_t<Scalar>>& options, CallSite site) {
  const CalledFrom caller(logits.tape(), site);
  const Shape shape = logits.shape();
  expect_sensible(shape, targets.shape(), options);
  Tape<Scalar>& tape = logits.tape();
  CrossEntropy<Scalar> loss{logits,
                            shape.back(),
                            tape.template scratch<Row<Scalar>>(targets.size()),
                            tape.template scratch<Scalar>(options.class_weights.size()),
                            static_cast<Scalar>(options.label_smoothing),
                            static_cast<Scalar>(shape.back())};
  std::copy(options.class_weights.begin(), options.class_weights.end(), loss.weights.begin());
  if (!loss.weights.empty()) loss.weight_sum = std::accumulate(loss.weights.begin(), loss.weights.end(), Scalar{0});
  const detail::Accumulator<Scalar> divisor = note_targets(loss, targets, options);
  if (divisor == 0)
    throw ArgumentError(
        fmt::format("cross_entropy: mean over no positions: of {} targets none counts (are all ignored, "
                    "beyond the ends of their sequences, or of a class weight of 0?)",
                    targets.size()));

  const auto y = tape.record("cross_entropy", {}, {logits});
  detail::Accumulator<Scalar> sum = 0;
  for (std::size_t i = 0; i < loss.rows.size(); ++i)
    if (loss.rows[i].target != ignored) sum += loss.loss_of(loss.rows[i], loss.numbers(i));
  *y.writable() = static_cast<Scalar>(sum / divisor);
  y.on_backward([y, loss, divisor] {
    const auto factor = static_cast<Scalar>(static_cast<detail::Accumulator<Scalar>>(*y.upstream()) / divisor);
    const auto [gradient, unwritten] = loss.logits.gradient_sink();
    for (std::size_t i = 0; i < loss.rows.size(); ++i)
      loss.gradient_of(loss.rows[i], loss.numbers(i), factor, {gradient + i * loss.classes, unwritten});
  });
  return y;
}

template Variable<float> cross_entropy(Variable<float>, TensorView<const int>, const CrossEntropyOptions<float>&,
                                       CallSite);
template Variable<double> cross_entropy(Variable<double>, TensorView<const int>, const CrossEntropyOptions<double>&,
                                        CallSite);
template Variable<DualNumber> cross_entropy(Variable<DualNumber>, TensorView<const int>,
                                            const CrossEntropyOptions<DualNumber>&, CallSite);

}  // namespace unroll::inline v0
