#pragma once

#include <unroll/ops/operands/picked_rows.hpp>
#include <unroll/ops/operands/repetition.hpp>

#include <array>
#include <cstddef>

/// Where `map` finds the numbers and the gradients of its operands. It reads rows of a table, and tensors that are
/// repeated to fill a shape, in place.
namespace unroll::inline v0::detail {

/// The repetition behind each operand of a map; nullptr for an operand that repeats nothing.
template <class Scalar, std::size_t n>
struct Repetitions {
  std::array<const Repetition<Scalar>*, n> of_operand;
  bool any = false;

  explicit Repetitions(const std::array<Variable<Scalar>, n>& operands) {
    for (std::size_t j = 0; j < n; ++j) any |= (of_operand[j] = repetition(operands[j])) != nullptr;
  }
  const Repetition<Scalar>* operator[](std::size_t j) const { return of_operand[j]; }
};

/// The rows of numbers of the operands. For a repeated operand only `data` is set, to the numbers that it repeats.
template <class Scalar, std::size_t n>
std::array<RowBlock<const Scalar>, n> value_rows(const std::array<Variable<Scalar>, n>& operands,
                                                 const Repetitions<Scalar, n>& repeated) {
  std::array<RowBlock<const Scalar>, n> values;
  for (std::size_t j = 0; j < n; ++j) {
    if (repeated[j] != nullptr)
      values[j].data = repeated[j]->numbers();
    else if (const auto* const picked = picked_rows(operands[j]))
      values[j] = picked->values();
    else
      values[j] = operands[j].value_rows();
  }
  return values;
}
/// The rows to which the gradients of the operands are added, likewise; without data when an operand needs none.
template <class Scalar, std::size_t n>
std::array<RowBlock<Scalar>, n> gradient_rows(const std::array<Variable<Scalar>, n>& operands,
                                              const Repetitions<Scalar, n>& repeated,
                                              const std::array<RowBlock<const Scalar>, n>& values) {
  std::array<RowBlock<Scalar>, n> gradients{};
  for (std::size_t j = 0; j < n; ++j) {
    if ((repeated[j] == nullptr && values[j].picked == nullptr) || !operands[j].needs_gradient()) continue;
    if (repeated[j] != nullptr)
      gradients[j].data = repeated[j]->of.mutable_gradient();
    else
      gradients[j] = picked_rows(operands[j])->gradients();
  }
  operands[0].tape().gradient_rows(operands, gradients);  // the others
  return gradients;
}

}  // namespace unroll::inline v0::detail
