#pragma once

#include <unroll/framework/tape/tape.hpp>
#include <unroll/models/layers/dropout.hpp>
#include <unroll/models/trainer/batch_source.hpp>
#include <unroll/models/trainer/carried_loss.hpp>

#include <cstddef>
#include <functional>
#include <type_traits>

/// What learning from the parts of a batch and measuring them have in common. For the trainer.
namespace unroll::inline v0::detail {

/// What a part of a batch comes to.
struct PartSum {
  double loss = 0;          ///< The sum of the losses of its items.
  std::size_t items = 0;    ///< How many items there are.
  std::size_t learned = 0;  ///< Of how many items the gradient is the sum; fewer where k1 > k2.

  PartSum& operator+=(const PartSum& other) {
    loss += other.loss, items += other.items, learned += other.learned;
    return *this;
  }
};

/// Calls loss(tape, batch, noise), or loss(tape, batch) where it takes no noise.
template <class Scalar, class Loss, class Batch>
Variable<Scalar> record_loss(const Loss& loss, Tape<Scalar>& tape, const Batch& batch, const Noise& noise) {
  if constexpr (std::invocable<const Loss&, Tape<Scalar>&, const Batch&, const Noise&>)
    return std::invoke(loss, tape, batch, noise);
  else
    return std::invoke(loss, tape, batch);
}

template <class Loss>
struct IsCarried : std::false_type {};
template <class Model, class Loss>
struct IsCarried<CarriedLoss<Model, Loss>> : std::true_type {};

/// A loss that a Trainer takes for batches of this type: a function of a tape and a batch, and of noise if it wants it,
/// to a Variable; or a carried loss.
template <class Loss, class Scalar, class Batch>
concept LossOf = IsCarried<Loss>::value || std::is_invocable_r_v < Variable<Scalar>,
const Loss&, Tape<Scalar>&,
    const Batch& > || std::is_invocable_r_v<Variable<Scalar>, const Loss&, Tape<Scalar>&, const Batch&, const Noise&>;

/// The sum over the items, of a loss that is their mean.
template <class Scalar>
double sum_of_losses(Variable<Scalar> mean, std::size_t items) {
  return static_cast<double>(mean.item()) * static_cast<double>(items);
}

}  // namespace unroll::inline v0::detail
