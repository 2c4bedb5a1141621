#pragma once

#include <unroll/framework/random.hpp>
#include <unroll/ops/dropout.hpp>

#include <cstdint>
#include <optional>

namespace unroll::inline v0 {

/// Where dropout takes its masks from: random numbers while training, nothing at evaluation. The same Random gives the
/// same masks again; split it for each step and each place of use.
using Noise = std::optional<Random>;

/// The noise of one of several places of use, `Random::split` of it; none where there is none. What a model hands on:
///
///     const auto dropped = model.dropout(x, split(noise, 0));
///     const auto [outputs, state] = run(model.encoder, dropped, {.noise = split(noise, 1)});
inline Noise split(const Noise& noise, std::uint64_t stream) { return noise ? Noise(noise->split(stream)) : Noise(); }

/// While training, sets a share of the numbers to 0 and scales the others up (Srivastava et al. 2014); at evaluation,
/// and at a rate of 0, passes its input on. An input that is part of a longer one says which of its numbers is its
/// `first`. Throws ArgumentError unless the rate is in [0, 1).
struct Dropout {
  double rate = 0.5;

  template <class Scalar>
  Variable<Scalar> operator()(Variable<Scalar> x, const Noise& noise, std::size_t first = 0,
                              Where where = Where::current()) const {
    return noise ? dropout(x, rate, *noise, first, where) : x;
  }

  static void members(auto&, auto&&) {}
};

}  // namespace unroll::inline v0
