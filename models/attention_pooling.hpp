#pragma once

#include <unroll/framework/module.hpp>
#include <unroll/framework/random.hpp>
#include <unroll/models/moment.hpp>
#include <unroll/models/sequence.hpp>

namespace unroll::inline v0 {

struct AttentionPoolingOptions {
  std::size_t inputs, hidden;
  /// The width of the query; 0: the scores depend on the sequence alone.
  std::size_t query = 0;
};

template <class Scalar>
struct AttentionPooling;

/// Sequences that are asked more than once, as a decoder's step asks what was encoded: the part of the scores that no
/// query changes, W h_t + b, is computed once for all queries. What AttentionPooling::over gives, for one recording: it
/// is valid as long as its tape is not cleared, and the pooling must outlive it.
///
///     const auto memory = attention.over({encoded, lengths});
///     for (...) context = memory(state.hidden);  // [N, Q] -> [N, H]
template <class Scalar = float>
class AttentionMemory {
 public:
  /// What the pooling gives for these sequences and the query [N, Q]: [N, H]. Throws what it throws.
  Variable<Scalar> operator()(Variable<Scalar> query) const;
  /// The same in the step of a cell, which may be given only some of the sequences, in another order (Moment): a query
  /// for each of those -> a row for each. The memory is that of the whole batch, and so is the time that it takes.
  Variable<Scalar> operator()(Variable<Scalar> query, const Moment& moment) const;
  /// The weights alone, [T, N].
  Variable<Scalar> weights(Variable<Scalar> query) const;

 private:
  friend struct AttentionPooling<Scalar>;
  AttentionMemory(const AttentionPooling<Scalar>& pooling, const Sequence<Scalar>& x);

  const AttentionPooling<Scalar>* pooling_;
  Sequence<Scalar> x_;     // its lengths in the tape's memory
  Variable<Scalar> keys_;  // [P, A]: W h_t + b of the steps that exist
};

/// A sequence made one row by additive attention (Bahdanau et al. 2015, arXiv:1409.0473): the mean of its steps h_t,
/// weighted by how well each answers the query q,
///
///     score_t = v · tanh(W h_t + b [+ U q])    weight = softmax(score) over the steps that exist    Σ_t weight_t h_t
///
/// Zeros for a sequence of no steps.
template <class Scalar = float>
struct AttentionPooling {
  using Options = AttentionPoolingOptions;

  Parameter<Scalar> weight;        // W [A, H], where H are the inputs, A is hidden
  Parameter<Scalar> bias;          // b [A]
  Parameter<Scalar> query_weight;  // U [A, Q]
  Parameter<Scalar> score_weight;  // v [1, A]

  AttentionPooling() = default;
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  explicit AttentionPooling(const AttentionPooling<Other>& other)
      : weight(other.weight), bias(other.bias), query_weight(other.query_weight), score_weight(other.score_weight) {}
  /// Numbers drawn evenly from ±1/√(number of inputs), as Linear's. Throws ArgumentError for sizes of 0.
  AttentionPooling(const AttentionPoolingOptions& options, const Random& random);

  /// Sequences [T, N, H] -> [N, H]. Throws ShapeError when they do not fit, and ArgumentError when there is
  /// to be a query.
  Variable<Scalar> operator()(const Sequence<Scalar>& x) const { return (*this)(x, {}); }
  /// The same with a query for each sequence, [N, Q].
  Variable<Scalar> operator()(const Sequence<Scalar>& x, Variable<Scalar> query) const;
  /// The weights alone, [T, N]; 0 beyond the ends of sequences.
  Variable<Scalar> weights(const Sequence<Scalar>& x, Variable<Scalar> query = {}) const;

  /// The sequences, to be asked by several queries. Throws ShapeError when they do not fit.
  AttentionMemory<Scalar> over(const Sequence<Scalar>& x) const { return {*this, x}; }

  static void members(auto& self, auto&& visit) {
    visit("weight", self.weight);
    visit("bias", self.bias);
    if (self.query_weight.value().size() > 0) visit("query_weight", self.query_weight);
    visit("score_weight", self.score_weight);
  }
};

extern template class AttentionMemory<float>;
extern template class AttentionMemory<double>;
extern template class AttentionMemory<DualNumber>;
extern template struct AttentionPooling<float>;
extern template struct AttentionPooling<double>;
extern template struct AttentionPooling<DualNumber>;

}  // namespace unroll::inline v0
