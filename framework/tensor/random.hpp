#pragma once

#include <unroll/framework/tensor/tensor.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace unroll::inline v0 {

/// Random numbers as a function: the same key and position give the same number on every platform, in any order, from
/// any thread (Philox4x32-10; Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").
///
/// A Random has no state. A stream has one number for each element of a tensor, and the same Random given twice gives
/// the same numbers twice. Code that draws more than once splits first: `random.split(step)`, `random.split(layer)`.
class Random {
 public:
  /// The stream of this seed.
  explicit Random(std::uint64_t seed) : key_(seed) {}

  /// An independent stream for each number.
  Random split(std::uint64_t stream) const;

  std::uint32_t bits(std::uint64_t position) const;  ///< 32 random bits.
  double uniform(std::uint64_t position) const;      ///< Uniform in [0, 1).
  double normal(std::uint64_t position) const;       ///< Standard normal (Box and Muller 1958).

  /// Fills `words` with bits(first), bits(first + 1), ..., several times as fast as one by one.
  void fill_bits(std::uint64_t first, std::span<std::uint32_t> words) const;

  /// 0, 1, ... count - 1 in an order, each order being equally likely (Fisher and Yates; Durstenfeld 1964). It is the
  /// order in which an epoch takes its examples: `random.split(epoch).permutation(examples)`. Throws Error when memory
  /// does not hold so many.
  std::vector<std::size_t> permutation(std::size_t count) const;

  std::uint64_t key() const { return key_; }  ///< The seed, or the key that split has made.

 private:
  std::uint64_t key_;
};

/// Uniform numbers from [low, high), element i from position i. Throws ArgumentError unless low <= high and the Scalar
/// can hold both.
template <class Scalar = float>
Tensor<Scalar> uniform(const Random& random, const Shape& shape, double low = 0, double high = 1);
/// Normally distributed numbers, element i from position i. Throws ArgumentError unless the deviation is at least 0 and
/// the Scalar can hold both.
template <class Scalar = float>
Tensor<Scalar> normal(const Random& random, const Shape& shape, double mean = 0, double deviation = 1);

}  // namespace unroll::inline v0
