#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tape/tape.hpp>
#include <unroll/framework/tensor/denormals.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

/// How gradients come to Parameters. A Parameter whose gradient is empty lends its memory to the sweep (tape_node.hpp
/// tells the life of a gradient); to the other ones backward adds what the sweep has found.
namespace unroll::inline v0 {

template <class Scalar>
const Scalar* Tape<Scalar>::gradient_of(const Parameter<Scalar>& parameter) const {
  if (!swept_) throw TapeError("gradient_of: asked before backward");
  const Leaf* const leaf = find_leaf(parameter);
  return leaf == nullptr || nodes_[leaf->index].lent ? nullptr : nodes_[leaf->index].gradient;
}

template <class Scalar>
void Tape<Scalar>::lend(Parameter<Scalar>& parameter) {
  const Leaf* const found = find_leaf(parameter);
  if (found == nullptr || !parameter.gradient_is_empty()) return;
  Node& leaf = nodes_[found->index];
  if (!leaf.needs_gradient || leaf.gradient != nullptr) return;
  leaf.lent = true;
  leaf.made = !parameter.has_gradient();
  leaf.gradient = parameter.gradient_memory();
  leaf.untouched = leaf.shape.size();
}

/// Ends the loan when no rule has written to the memory, or the sweep has failed. Memory that was made for the loan is
/// dropped: to an optimizer, a parameter that has the memory of a gradient has a gradient.
template <class Scalar>
void Tape<Scalar>::end_loan(Parameter<Scalar>& parameter, SweepEnd end) {
  const Leaf* const found = find_leaf(parameter);
  if (found == nullptr) return;
  Node& leaf = nodes_[found->index];
  const bool was_made = std::exchange(leaf.made, false);
  const bool is_lent = leaf.gradient != nullptr && leaf.gradient == parameter.gradient().data();
  if (!is_lent || !parameter.gradient_is_empty() || !(leaf.lent || end == SweepEnd::failed)) return;
  leaf.gradient = nullptr;
  leaf.lent = false;
  if (was_made) parameter.drop_gradient();
}

/// Whether the sweep has written the gradient into the parameter's own memory. If so, marks it as not empty.
template <class Scalar>
bool Tape<Scalar>::claim_written(Parameter<Scalar>& parameter) {
  const Scalar* const gradient = gradient_of(parameter);
  if (gradient == nullptr || gradient != parameter.gradient().data()) return false;
  parameter.mark_gradient_written();
  return true;
}

/// Checks those of the parameters that the tape has used. It finds their leaves by address alone, since one may be
/// gone.
template <class Scalar>
void Tape<Scalar>::expect_unchanged(const char* operation, const Parameters<Scalar>& parameters) const {
  for (const auto& [name, parameter] : parameters) {
    const Leaf* const leaf = find_leaf(*parameter);
    if (leaf != nullptr) expect_unchanged(operation, *leaf, name);
  }
}

template <class Scalar>
void Tape<Scalar>::backward(Variable<Scalar> loss, const Parameters<Scalar>& parameters) {
  expect_unchanged("backward", parameters);
  for (const auto& [name, parameter] : parameters) lend(*parameter);
  try {
    backward(loss);
  } catch (...) {
    for (const auto& [name, parameter] : parameters) {
      end_loan(*parameter, SweepEnd::failed);
      if (parameter->gradient_is_empty()) parameter->zero_gradient();
    }
    throw;
  }
  for (const auto& [name, parameter] : parameters) {
    end_loan(*parameter, SweepEnd::finished);
    const Scalar* const gradient = gradient_of(*parameter);
    if (gradient != nullptr && !claim_written(*parameter)) parameter->add_gradient({gradient, parameter->shape()});
  }
}

template <class Scalar>
void add_gradients(const Tape<Scalar>& tape, const Parameters<std::type_identity_t<Scalar>>& parameters) {
  const FlushDenormals flush;
  for (const auto& [name, parameter] : parameters)
    if (const Scalar* const gradient = tape.gradient_of(*parameter))
      parameter->add_gradient({gradient, parameter->shape()});
}

template <class Scalar>
void backward(Variable<Scalar> loss, const Parameters<std::type_identity_t<Scalar>>& parameters) {
  const Tape<Scalar>& tape = loss.tape();
  if (parameters.size() == 0)
    throw ArgumentError(
        "backward: no parameters given, expected those that the loss is made of (parameters_of(model) lists them, and "
        "Tape::backward(loss) is for gradients of inputs alone)");
  if (std::none_of(parameters.begin(), parameters.end(),
                   [&](const auto& named) { return tape.uses(*named.parameter); }))
    throw TapeError(
        fmt::format("backward: {} given, the first being '{}', and the tape has used none (are they of a copy of the "
                    "model?)",
                    counted(parameters.size(), "parameter"), parameters[0].name));
  loss.tape().backward(loss, parameters);
}

#define UNROLL_INSTANTIATE(Scalar)                                                            \
  template const Scalar* Tape<Scalar>::gradient_of(const Parameter<Scalar>&) const;           \
  template void Tape<Scalar>::expect_unchanged(const char*, const Parameters<Scalar>&) const; \
  template void Tape<Scalar>::lend(Parameter<Scalar>&);                                       \
  template void Tape<Scalar>::end_loan(Parameter<Scalar>&, SweepEnd);                         \
  template bool Tape<Scalar>::claim_written(Parameter<Scalar>&);                              \
  template void Tape<Scalar>::backward(Variable<Scalar>, const Parameters<Scalar>&);          \
  template void add_gradients(const Tape<Scalar>&, const Parameters<Scalar>&);                \
  template void backward(Variable<Scalar>, const Parameters<Scalar>&);
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)
UNROLL_INSTANTIATE(DualNumber)
#undef UNROLL_INSTANTIATE

}  // namespace unroll::inline v0
