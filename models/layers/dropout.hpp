#pragma once

#include <unroll/framework/tensor/random.hpp>
#include <unroll/ops/dropout.hpp>

#include <cstdint>
#include <optional>

namespace unroll::inline v0 {

/// The source of all randomness in a model, and its training flag. With a Random the model trains: dropout, zoneout and
/// every other op that drops something draw their masks from it. Without one, std::nullopt, the model is evaluated, and
/// nothing is random. There is no mode to set, and none to forget. The same Random gives the same masks again, so split
/// it for each training step, `Random(seed).split(training_step)`, and for each use.
using Noise = std::optional<Random>;

/// The noise for one of several uses, `Random::split` of it; nullopt stays nullopt. A model splits the noise that it
/// gets among its parts:
///
///     const auto dropped = model.dropout(x, split(noise, 0));
///     const auto [outputs, state] = run(model.encoder, dropped, {.noise = split(noise, 1)});
inline Noise split(const Noise& noise, std::uint64_t stream) { return noise ? Noise(noise->split(stream)) : Noise(); }

/// While training (with noise), sets a fraction of the numbers to 0 and scales the others up (Srivastava et al. 2014);
/// at evaluation, and at a rate of 0, returns its input.
struct Dropout {
  double rate = 0.5;  ///< the probability that a number becomes 0

  /// x of any shape. When x is a piece of a longer input, `first` is the index of its first number there: the piece
  /// then loses what it loses in the whole. Throws ArgumentError, with noise, unless the rate is in [0, 1).
  template <class Scalar>
  Variable<Scalar> operator()(Variable<Scalar> x, const Noise& noise, std::size_t first = 0,
                              CallSite site = CallSite::current()) const {
    return noise ? dropout(x, rate, *noise, first, site) : x;
  }

  /// It has no parameters.
  static void members(auto&, auto&&) {}
};

}  // namespace unroll::inline v0
