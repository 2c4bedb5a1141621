#include <unroll/framework/threads/gradient_sum.hpp>
#include <unroll/framework/threads/split_work.hpp>

namespace unroll::inline v0::detail {

namespace {

/// Whether a tape has a gradient of the parameter. Throws TapeError when a tape has not been swept.
template <class Scalar>
bool has_gradient(const TapeList<Scalar>& tapes, const Parameter<Scalar>& parameter) {
  bool found = false;
  for (std::size_t i = 0; i < tapes.size; ++i) found |= tapes[i].gradient_of(parameter) != nullptr;
  return found;
}

template <class Scalar>
void add(Scalar* sum, const Scalar* numbers, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) sum[i] += numbers[i];
}

/// Adds numbers [first, first + count) of all tapes, in pieces of the sum that stay in the nearest cache from tape to
/// tape.
template <class Scalar>
void add_range(const TapeList<Scalar>& tapes, Parameter<Scalar>& parameter, std::size_t first, std::size_t count) {
  constexpr std::size_t at_once = 2048;
  Scalar* const sum = parameter.gradient_memory();
  for (const std::size_t end = first + count; first < end; first += at_once)
    for (std::size_t i = 0; i < tapes.size; ++i)
      if (const Scalar* const gradient = tapes[i].gradient_of(parameter))
        add(sum + first, gradient + first, std::min(at_once, end - first));
}

}  // namespace

template <class Scalar>
void add_gradients(const TapeList<Scalar>& tapes, const Parameters<Scalar>& parameters, Team& team) {
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

template void add_gradients(const TapeList<float>&, const Parameters<float>&, Team&);
template void add_gradients(const TapeList<double>&, const Parameters<double>&, Team&);

}  // namespace unroll::inline v0::detail
