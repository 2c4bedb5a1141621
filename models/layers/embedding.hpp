#pragma once

#include <unroll/framework/tape/module.hpp>
#include <unroll/framework/tape/tape.hpp>
#include <unroll/framework/tensor/random.hpp>
#include <unroll/ops/lengths.hpp>

namespace unroll::inline v0 {

/// The sizes of an Embedding.
struct EmbeddingOptions {
  std::size_t tokens /**< V, the size of the vocabulary */, width /**< D, the numbers of a row */;
};

/// One row of numbers for each token: tokens [T, N] -> [T, N, D].
template <class Scalar = float>
struct Embedding {
  using Options = EmbeddingOptions;  ///< for module_from

  Parameter<Scalar> weight;  ///< [V, D]

  Embedding() = default;
  /// Standard normal numbers, as PyTorch does. Throws ArgumentError for sizes of 0.
  Embedding(const EmbeddingOptions& options, const Random& random);
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  explicit Embedding(const Embedding<Other>& other) : weight(other.weight) {}

  /// Picks the rows lazily (rows.hpp). Throws ArgumentError for a token outside [0, V), and TapeError after backward.
  Variable<Scalar> operator()(Tape<Scalar>& tape, const Tensor<int>& tokens, CallSite site = CallSite::current()) const;

  /// The same for sequences of different lengths, tokens [T, N]. It reads no token beyond the end of a sequence, so any
  /// padding will do (rows.hpp). Give `run` the same lengths:
  ///
  ///     run(cell, embedding(tape, tokens, lengths), {.lengths = lengths});
  Variable<Scalar> operator()(Tape<Scalar>& tape, const Tensor<int>& tokens, Lengths lengths,
                              CallSite site = CallSite::current()) const;

  /// Calls visit(name, member) for every member (module.hpp).
  static void members(auto& self, auto&& visit) { visit("weight", self.weight); }
};

extern template struct Embedding<float>;
extern template struct Embedding<double>;
extern template struct Embedding<DualNumber>;

}  // namespace unroll::inline v0
