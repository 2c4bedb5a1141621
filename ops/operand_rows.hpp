#pragma once

#include <unroll/ops/picked_rows.hpp>
#include <unroll/ops/repetition.hpp>

#include <array>
#include <cstddef>

/// Where `map` finds the numbers and the gradients of its operands: rows of a table, and what is repeated to fill a
/// shape, are read where they are.
namespace unroll::inline v0::detail {

/// What the operands of a map repeat, if they do.
template <class Scalar, std::size_t n>
struct Repetitions {
  std::array<const Repetition<Scalar>*, n> of_operand;
  bool any = false;

  explicit Repetitions(const std::array<Variable<Scalar>, n>& operands) {
    for (std::size_t j = 0; j < n; ++j) any |= (of_operand[j] = repetition(operands[j])) != nullptr;
  }
  const Repetition<Scalar>* operator[](std::size_t j) const { return of_operand[j]; }
};

/// The numbers of the operands. Of one that is repeated, `data` is what it repeats, and the rest is not set.
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
/// Where the gradients of the operands go, likewise; nowhere when none is needed.
template <class Scalar, std::size_t n>
std::array<RowBlock<Scalar>, n> gradient_rows(const std::array<Variable<Scalar>, n>& operands,
                                              const Repetitions<Scalar, n>& repeated,
                                              const std::array<RowBlock<const Scalar>, n>& values) {
  std::array<RowBlock<Scalar>, n> gradients{};
  for (std::size_t j = 0; j < n; ++j) {
    if ((repeated[j] == nullptr && values[j].picked == nullptr) || !operands[j].needs_gradient()) continue;
    if (repeated[j] != nullptr)
      gradients[j].data = repeated[j]->of.gradient_sum();
    else
      gradients[j] = picked_rows(operands[j])->gradients();
  }
  operands[0].tape().gradient_rows(operands, gradients);  // the others
  return gradients;
}

}  // namespace unroll::inline v0::detail
