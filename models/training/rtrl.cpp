#include <unroll/framework/errors/error.hpp>
#include <unroll/models/training/rtrl.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace unroll::inline v0::detail {

void expect_started(std::size_t steps) {
  if (steps == 0)
    throw TapeError("Rtrl: asked before the first step (call advance or step with the first input of the stream)");
}

void expect_row(const Shape& input, std::size_t width_before) {
  if (input.rank() != 2 || input[0] != 1)
    throw ShapeError(
        fmt::format("Rtrl: the input has shape {}, expected one row [N=1, D] (each stream has an influence of its own: "
                    "make a learner for each row of a batch)",
                    describe(input, "ND")));
  if (width_before != 0 && input[1] != width_before)
    throw ShapeError(
        fmt::format("Rtrl: the input has shape {}, expected [N=1, D={}] as before (is it of another stream?)",
                    describe(input, "ND"), width_before));
}

void expect_influence_fits(double entries, double bytes, std::size_t components, std::size_t numbers,
                           const RtrlOptions& options) {
  const auto limit = static_cast<double>(options.memory_limit);
  if (bytes <= limit) return;
  constexpr double megabyte = 1024 * 1024;
  throw ArgumentError(fmt::format(
      "Rtrl: the influence of {} numbers in parameters on {} in the state has {:.0f} entries and takes {:.4g} MB, a "
      "step's Jacobian included, expected at most {:.4g} MB ({}, or raise memory_limit)",
      numbers, components, entries, bytes / megabyte, limit / megabyte,
      options.approximation == RtrlApproximation::none ? "make the cell narrower, approximate by snap_1"
                                                       : "make the cell narrower"));
}

template <class Scalar>
std::vector<Parameter<Scalar>*> learning_of(const Parameters<Scalar>& parameters) {
  std::vector<Parameter<Scalar>*> learning;
  for (const auto& [name, parameter] : parameters)
    if (!parameter->frozen) learning.push_back(parameter);
  if (learning.empty())
    throw ArgumentError(fmt::format(
        "Rtrl: none of the model's {} parameters learns, expected one that is not frozen (is it the right model?)",
        parameters.size()));
  return learning;
}

template <class Scalar>
void expect_still_learning(const Parameters<Scalar>& parameters, std::span<Parameter<Scalar>* const> learning) {
  auto expected = learning.begin();
  for (const auto& [name, parameter] : parameters) {
    const bool learned = expected != learning.end() && *expected == parameter;
    if (learned) ++expected;
    if (learned == parameter->frozen)
      throw ArgumentError(fmt::format(
          "Rtrl: parameter '{}' has been {} since the learner was made, whose influence is {} (make another "
          "learner after a change of what is frozen)",
          name, learned ? "frozen" : "unfrozen", learned ? "kept" : "not known"));
  }
}

template <class Scalar>
std::size_t index_of(const Parameter<Scalar>& parameter, std::span<Parameter<Scalar>* const> learning) {
  const auto found = std::find(learning.begin(), learning.end(), &parameter);
  if (found == learning.end())
    throw ArgumentError(fmt::format(
        "Rtrl: influence asked of a parameter of shape {} that does not learn here (is it frozen, or of a copy of the "
        "model?)",
        to_string(parameter.shape())));
  return static_cast<std::size_t>(found - learning.begin());
}

template <class Scalar>
void nudge(const Parameters<Scalar>& copies, const Parameters<Scalar>& originals) {
  for (std::size_t i = 0; i < copies.size(); ++i) {
    Parameter<Scalar>& copy = *copies[i].parameter;
    if (&copy == originals[i].parameter || copy.frozen) continue;  // a frozen parameter may be a mask
    const auto noise = normal<Scalar>(Random(21).split(i), copy.shape(), 0, 0.1);
    const auto value = copy.mutable_value();
    for (std::size_t j = 0; j < noise.size(); ++j) value[j] += noise[j];
  }
}

#define UNROLL_INSTANTIATE(Scalar)                                                                     \
  template std::vector<Parameter<Scalar>*> learning_of(const Parameters<Scalar>&);                     \
  template void expect_still_learning(const Parameters<Scalar>&, std::span<Parameter<Scalar>* const>); \
  template std::size_t index_of(const Parameter<Scalar>&, std::span<Parameter<Scalar>* const>);        \
  template void nudge(const Parameters<Scalar>&, const Parameters<Scalar>&);
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)
#undef UNROLL_INSTANTIATE

}  // namespace unroll::inline v0::detail
