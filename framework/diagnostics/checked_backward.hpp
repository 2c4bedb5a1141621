#pragma once

#include <unroll/framework/tape/anomaly.hpp>
#include <unroll/framework/tape/tape.hpp>

#include <type_traits>
#include <vector>

/// Finds the op that made the first number which is not finite. A NaN in a loss says nothing about its cause: it has
/// gone through every op after the one that made it. The tape still has all of them.
namespace unroll::inline v0 {

/// The anomalies of a loss that has been recorded and not swept; empty when loss and gradients are finite. The first
/// anomaly is the cause, unless it is an infinity that is meant (a mask of -infinity before softmax); then the one
/// after it tells more: the first NaN, or the first gradient that is not finite (the gradient of the logarithm or
/// quotient that made an infinite loss).
///
/// May sweep the tape. Adds nothing to the gradients of `parameters`, which only give their names. A sequence with
/// checkpoints has not kept its way forward: there the position in the outputs of 'run' tells the step. Throws
/// ShapeError unless the loss is one number, and TapeError when it is finite and depends on no parameter and no input.
template <class Scalar>
std::vector<Anomaly> find_anomalies(Variable<Scalar> loss, const Parameters<std::type_identity_t<Scalar>>& parameters);

namespace detail {
/// Sweeps, and returns whether loss and gradients are finite.
template <class Scalar>
bool sweep_to_finite(Variable<Scalar> loss, const Parameters<Scalar>& parameters);
/// Throws AnomalyError.
template <class Scalar>
[[noreturn]] void refuse_anomalies(Variable<Scalar> replayed, double loss, const Parameters<Scalar>& parameters);
}  // namespace detail

/// A training step without its update, checked:
///
///     const auto record = [&](Tape<>& recording) { return mean_squared_error(model(recording.constant(x)), y); };
///     const double loss = checked_backward(tape, record, parameters);
///
/// Clears the tape, calls `record(tape)` for the loss, adds the gradients to those of the parameters, and returns the
/// loss. When the loss or a gradient is not finite, it records the step once more, searches it, sets all gradients to
/// 0, and throws AnomalyError with the op, its layer, step and line. Throws what find_anomalies and backward throw,
/// too.
///
/// `record` must record the same at each call. Numbers drawn from a Random do so; a state that is carried from window
/// to window must be kept only after this has returned.
template <class Scalar, class Record>
double checked_backward(Tape<Scalar>& tape, Record&& record,
                        const Parameters<std::type_identity_t<Scalar>>& parameters) {
  tape.clear();
  const Variable<Scalar> loss = record(tape);
  const auto number = static_cast<double>(loss.item());
  if (detail::sweep_to_finite<Scalar>(loss, parameters)) return number;
  tape.clear();
  detail::refuse_anomalies<Scalar>(record(tape), number, parameters);
}

}  // namespace unroll::inline v0
