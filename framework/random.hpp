#pragma once

#include <unroll/framework/tensor.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace unroll::inline v0 {

/// Random numbers as a function: the same key and counter give the same number on every platform, in any order, from
/// any thread (Philox4x32-10; Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").
///
/// Nothing in it changes: `split` gives independent streams, and each stream has one number per element. What draws
/// more than once splits first: `random.split(step)`, `random.split(layer)`.
class Random {
 public:
  explicit Random(std::uint64_t seed) : key_(seed) {}

  /// An independent stream for each `stream`.
  Random split(std::uint64_t stream) const;

  /// 32 random bits, a number in [0, 1), and a standard normal one (Box and Muller 1958), at `position`.
  std::uint32_t bits(std::uint64_t position) const;
  double uniform(std::uint64_t position) const;
  double normal(std::uint64_t position) const;

  /// bits(first), bits(first + 1), ... for all of `words`, several times as fast.
  void fill_bits(std::uint64_t first, std::span<std::uint32_t> words) const;

  /// 0, 1, ... count - 1 in an order of which each is as likely as any other (Fisher and Yates; Durstenfeld 1964): the
  /// order in which an epoch takes its examples, `random.split(epoch).permutation(examples)`. Throws Error when memory
  /// does not hold so many.
  std::vector<std::size_t> permutation(std::size_t count) const;

  std::uint64_t key() const { return key_; }

 private:
  std::uint64_t key_;
};

/// Numbers drawn evenly from [low, high), element i from position i. Throws ArgumentError unless low <= high and both
/// are numbers that the Scalar holds.
template <class Scalar = float>
Tensor<Scalar> uniform(const Random& random, const Shape& shape, double low = 0, double high = 1);
/// Normally distributed numbers. Throws ArgumentError unless the deviation is at least 0 and both are numbers that the
/// Scalar holds.
template <class Scalar = float>
Tensor<Scalar> normal(const Random& random, const Shape& shape, double mean = 0, double deviation = 1);

}  // namespace unroll::inline v0
