#pragma once

#include <unroll/framework/module.hpp>
#include <unroll/framework/random.hpp>
#include <unroll/framework/tape.hpp>
#include <unroll/ops/lengths.hpp>

namespace unroll::inline v0 {

struct EmbeddingOptions {
  std::size_t tokens, width;
};

/// One row of numbers for each token: tokens [T, N] -> [T, N, D].
template <class Scalar = float>
struct Embedding {
  using Options = EmbeddingOptions;

  Parameter<Scalar> weight;  // [V, D]

  Embedding() = default;
  /// Standard normal numbers, as PyTorch does. Throws ArgumentError for sizes of 0.
  Embedding(const EmbeddingOptions& options, const Random& random);
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  explicit Embedding(const Embedding<Other>& other) : weight(other.weight) {}

  /// Throws ArgumentError for a token that is not in 0 .. V - 1.
  Variable<Scalar> operator()(Tape<Scalar>& tape, const Tensor<int>& tokens, Where where = Where::current()) const;

  /// For sequences of different lengths, tokens [T, N]: what stands beyond their ends, -1 as well as any other padding,
  /// is not looked at. To be given the same lengths again: `run(cell, embedding(tape, tokens, lengths), {.lengths =
  /// lengths})`. See rows.hpp.
  Variable<Scalar> operator()(Tape<Scalar>& tape, const Tensor<int>& tokens, Lengths lengths,
                              Where where = Where::current()) const;

  static void members(auto& self, auto&& visit) { visit("weight", self.weight); }
};

extern template struct Embedding<float>;
extern template struct Embedding<double>;
extern template struct Embedding<DualNumber>;

}  // namespace unroll::inline v0
