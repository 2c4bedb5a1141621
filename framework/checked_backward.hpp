#pragma once

#include <unroll/framework/anomaly.hpp>
#include <unroll/framework/tape.hpp>

#include <type_traits>
#include <vector>

/// Where the first number was made that is not finite. A NaN in a loss says nothing about its cause: by then it has
/// gone through every op behind the one that made it. The tape still has all of them.
namespace unroll::inline v0 {

/// Of a loss that has just been recorded, and not been swept: where it, or a gradient, stops being finite. The first
/// anomaly is the cause, unless it is an infinity that is meant (a mask of -infinity before softmax): then those that
/// may follow tell more, the first NaN, or the first gradient that is not finite: an infinite loss has one where a
/// logarithm or a quotient made it. Infinities that leave loss and gradients finite are none. May sweep the tape;
/// nothing is added to the gradients of parameters, which only give their names. Inside a sequence with checkpoints the
/// way forward is not kept: the position in what 'run' gives tells the step there. Throws TapeError when the loss is
/// finite and depends on no parameter and no input.
template <class Scalar>
std::vector<Anomaly> find_anomalies(Variable<Scalar> loss, const Parameters<std::type_identity_t<Scalar>>& parameters);

namespace detail {
/// Sweeps, and gives whether loss and gradients are finite.
template <class Scalar>
bool sweep_to_finite(Variable<Scalar> loss, const Parameters<Scalar>& parameters);
/// Throws AnomalyError.
template <class Scalar>
[[noreturn]] void refuse_anomalies(Variable<Scalar> replayed, double loss, const Parameters<Scalar>& parameters);
}  // namespace detail

/// One step on the way to an update, checked: clears the tape, has `record(tape)` record the loss, and adds its
/// gradients to those of the parameters. Gives the loss. When that or a gradient is not finite, the step is recorded
/// once more and searched, all gradients are set to 0, and AnomalyError says which op it was, in which layer and step,
/// and on which line. `record` must record the same each time: random numbers of random.hpp do that by themselves; a
/// state that is carried from window to window must only be kept after this has returned.
///
///     const double loss = checked_backward(
///         tape, [&](Tape<>& on) { return cross_entropy(model(on, inputs), targets); }, parameters);
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
