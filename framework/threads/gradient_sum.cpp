#include <unroll/framework/threads/gradient_sum.hpp>
#include <unroll/framework/threads/split_work.hpp>

#include <algorithm>
#include <array>

namespace unroll::inline v0::detail {

namespace {

template <class Scalar>
void add(Scalar* sum, const Scalar* numbers, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) sum[i] += numbers[i];
}

/// Writes the sum over the tapes of one part, in their order.
template <class Scalar>
void sum_of_part(const TapesOfParts<Scalar>& tapes, std::size_t part, const Parameter<Scalar>& parameter,
                 std::size_t first, std::size_t count, Scalar* sum) {
  bool is_written = false;
  for (std::size_t index = 0; index < tapes.count(tapes.container, part); ++index) {
    const Scalar* const gradient = tapes.at(tapes.container, part, index).gradient_of(parameter);
    if (gradient == nullptr) continue;
    if (is_written)
      add(sum, gradient + first, count);
    else
      std::copy_n(gradient + first, count, sum);
    is_written = true;
  }
  if (!is_written) std::fill_n(sum, count, Scalar{0});
}

/// Adds the sum over all parts of numbers [first, first + count) to the parameter's gradient.
template <class Scalar>
void add_range(const TapesOfParts<Scalar>& tapes, Parameter<Scalar>& parameter, std::size_t first, std::size_t count) {
  Scalar* const gradient = parameter.gradient_memory();
  std::array<Scalar, numbers_at_once> sum;
  for (const std::size_t end = first + count; first < end; first += numbers_at_once) {
    const std::size_t now = std::min(numbers_at_once, end - first);
    sum_gradients(tapes, {0, tapes.parts}, 0, parameter, first, now, sum.data());
    add(gradient + first, sum.data(), now);
  }
}

}  // namespace

template <class Scalar>
bool has_gradient(const TapesOfParts<Scalar>& tapes, const Parameter<Scalar>& parameter) {
  bool found = false;
  for (std::size_t part = 0; part < tapes.parts; ++part)
    for (std::size_t index = 0; index < tapes.count(tapes.container, part); ++index)
      found |= tapes.at(tapes.container, part, index).gradient_of(parameter) != nullptr;
  return found;
}

template <class Scalar>
void sum_gradients(const TapesOfParts<Scalar>& tapes, PartTree tree, std::size_t first_part,
                   const Parameter<Scalar>& parameter, std::size_t first, std::size_t count, Scalar* sum) {
  sum_tree(tree, count, sum, [&](PartTree subtree, Scalar* to) {
    if (!subtree.is_leaf()) return false;
    sum_of_part(tapes, subtree.first - first_part, parameter, first, count, to);
    return true;
  });
}

template <class Scalar>
void add_gradients(const TapesOfParts<Scalar>& tapes, const Parameters<Scalar>& parameters, Team& team) {
  const auto size_of = [&](std::size_t index) {
    const Parameter<Scalar>& parameter = *parameters[index].parameter;
    return has_gradient(tapes, parameter) ? parameter.value().size() : 0;
  };
  const Blocks blocks(parameters.size(), size_of);  // throws for a tape that is not swept, before any change
  for (const auto& [name, parameter] : parameters)
    if (has_gradient(tapes, *parameter)) {
      static_cast<void>(parameter->gradient_memory());  // made here, since the threads must not
      parameter->mark_gradient_written();
    }
  split_work(&team, blocks, [&](std::size_t index, std::size_t first, std::size_t count) {
    add_range(tapes, *parameters[index].parameter, first, count);
  });
}

#define UNROLL_INSTANTIATE(Scalar)                                                                          \
  template bool has_gradient(const TapesOfParts<Scalar>&, const Parameter<Scalar>&);                        \
  template void sum_gradients(const TapesOfParts<Scalar>&, PartTree, std::size_t, const Parameter<Scalar>&, \
                              std::size_t, std::size_t, Scalar*);                                           \
  template void add_gradients(const TapesOfParts<Scalar>&, const Parameters<Scalar>&, Team&)
UNROLL_INSTANTIATE(float);
UNROLL_INSTANTIATE(double);

}  // namespace unroll::inline v0::detail
