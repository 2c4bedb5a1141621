#include <unroll/models/last_states.hpp>
#include <unroll/ops/joining.hpp>
#include <unroll/ops/shaping.hpp>
#include <unroll/ops/take_rows.hpp>

#include <fmt/format.h>

namespace unroll::inline v0 {

namespace {

void expect_batch_of_steps(const Shape& steps, const Packing* packing, const Shape& first) {
  if (steps.rank() != 3 || steps[0] == 0 || (packing != nullptr && steps[0] != 1))
    throw ShapeError(fmt::format(
        "last_states: steps {} given, expected {}", to_string(steps),
        packing == nullptr ? "[T, N, H] of at least one step" : "the packed rows [1, P, H] of a batch with lengths"));
  if (packing != nullptr && steps[1] != packing->rows.size())
    throw ShapeError(
        fmt::format("last_states: {} packed rows given, expected the {} of the batch (is the packing that of "
                    "another batch?)",
                    steps[1], packing->rows.size()));
  const std::size_t batch = packing == nullptr ? steps[1] : packing->batch;
  expect_same_shape("last_states: the state before the first step", {batch, steps[2]}, first);
}

}  // namespace

template <class Scalar>
Variable<Scalar> last_states(const SequenceBatch<Scalar>& steps, Variable<Scalar> first, Direction direction,
                             Where where) {
  const auto [data, packing] = steps;
  const Shape shape = data.shape();
  expect_batch_of_steps(shape, packing, first.shape());
  const bool forward = direction == Direction::forward;
  if (packing == nullptr) return at_step(data, forward ? shape[0] - 1 : 0, where);
  const std::size_t with_steps = packing->running(0);
  const auto places = data.tape().template scratch<int>(with_steps);
  std::size_t place = 0;
  // The longest come first: those that have no step t + 1 are the last ones of those that have a step t.
  for (std::size_t t = packing->steps; t-- > 0;)
    for (; place < packing->running(t); ++place)
      places[place] = static_cast<int>(packing->first_rows[forward ? t : 0] + place);
  const auto rows = take_rows(reshape(data, {shape[1], shape[2]}, where), {places.data(), {with_steps}}, where);
  if (with_steps == packing->batch) return rows;
  return concat({rows, slice(first, 0, with_steps, packing->batch - with_steps, where)}, 0, where);
}

template Variable<float> last_states(const SequenceBatch<float>&, Variable<float>, Direction, Where);
template Variable<double> last_states(const SequenceBatch<double>&, Variable<double>, Direction, Where);
template Variable<DualNumber> last_states(const SequenceBatch<DualNumber>&, Variable<DualNumber>, Direction, Where);

}  // namespace unroll::inline v0
