#include <unroll/framework/errors/error.hpp>
#include <unroll/models/sequences/padded_sequences.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace unroll::inline v0 {

namespace {

/// The shape of each step, which all examples have.
template <class Number>
Shape step_of(const std::vector<TensorView<const Number>>& examples) {
  if (examples.empty())
    throw ArgumentError(
        "pad_sequences: no examples given, expected at least 1 (is this the batch after the last one of an epoch?)");
  Shape step;
  for (std::size_t n = 0; n < examples.size(); ++n) {
    const Shape& shape = examples[n].shape();
    if (shape.rank() == 0)
      throw ShapeError(fmt::format("pad_sequences: example {} has no axis, expected [length, ...]", n));
    if (n == 0) step = shape.without(0);
    if (shape.without(0) != step)
      throw ShapeError(fmt::format("pad_sequences: the steps of example {} have shape {}, those of the first {}", n,
                                   to_string(shape.without(0)), to_string(step)));
  }
  return step;
}

}  // namespace

template <class Number>
PaddedSequences<Number> detail::Examples<Number>::padded() const {
  const Shape step = step_of(views);
  PaddedSequences<Number> result;
  for (const auto& example : views) result.lengths.push_back(example.shape()[0]);
  const std::size_t batch = views.size(), width = step.size(), longest = std::ranges::max(result.lengths);
  result.data = Tensor<Number>(step.inserted(0, batch).inserted(0, longest));
  if (width == 0) return result;  // there may be very many steps without numbers
  for (std::size_t n = 0; n < batch; ++n)
    for (std::size_t t = 0; t < result.lengths[n]; ++t)
      std::copy_n(views[n].data() + t * width, width, result.data.data() + (t * batch + n) * width);
  return result;
}

template struct detail::Examples<float>;
template struct detail::Examples<double>;
template struct detail::Examples<int>;

}  // namespace unroll::inline v0
