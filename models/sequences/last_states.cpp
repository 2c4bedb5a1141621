#include <unroll/models/sequences/last_states.hpp>
#include <unroll/ops/joining.hpp>
#include <unroll/ops/shaping.hpp>
#include <unroll/ops/take_rows.hpp>

#include <fmt/format.h>

namespace unroll::inline v0 {

namespace {

void expect_batch_of_steps(const Shape& steps, const RaggedRows* ragged, const Shape& first) {
  if (steps.rank() != 3 || steps[0] == 0 || (ragged != nullptr && steps[0] != 1))
    throw ShapeError(fmt::format(
        "last_states: steps {} given, expected {}", to_string(steps),
        ragged == nullptr ? "[T, N, H] of at least one step" : "the ragged rows [1, P, H] of a batch with lengths"));
  if (ragged != nullptr && steps[1] != ragged->rows.size())
    throw ShapeError(
        fmt::format("last_states: {} ragged rows given, expected the {} of the batch (are they of another batch?)",
                    steps[1], ragged->rows.size()));
  const std::size_t batch = ragged == nullptr ? steps[1] : ragged->batch;
  expect_same_shape("last_states: the state before the first step", {batch, steps[2]}, first);
}

}  // namespace

template <class Scalar>
Variable<Scalar> last_states(const SequenceBatch<Scalar>& steps, Variable<Scalar> first, Direction direction,
                             CallSite site) {
  const Variable<Scalar> data = steps.data;
  const RaggedRows* const ragged = steps.ragged;
  const Shape shape = data.shape();
  expect_batch_of_steps(shape, ragged, first.shape());
  const bool forward = direction == Direction::forward;
  if (ragged == nullptr) return at_step(data, forward ? shape[0] - 1 : 0, site);
  const std::size_t with_steps = ragged->running(0);
  const auto last = data.tape().template scratch<int>(with_steps);
  std::size_t rank = 0;
  // The longest sequences come first: of the sequences with a step t, the last ones have no step t + 1.
  for (std::size_t t = ragged->steps; t-- > 0;)
    for (; rank < ragged->running(t); ++rank) last[rank] = static_cast<int>(ragged->first_rows[forward ? t : 0] + rank);
  const auto rows = take_rows(reshape(data, {shape[1], shape[2]}, site), {last.data(), {with_steps}}, site);
  if (with_steps == ragged->batch) return rows;
  return concat({rows, slice(first, 0, with_steps, ragged->batch - with_steps, site)}, 0, site);
}

template Variable<float> last_states(const SequenceBatch<float>&, Variable<float>, Direction, CallSite);
template Variable<double> last_states(const SequenceBatch<double>&, Variable<double>, Direction, CallSite);
template Variable<DualNumber> last_states(const SequenceBatch<DualNumber>&, Variable<DualNumber>, Direction, CallSite);

}  // namespace unroll::inline v0
