#pragma once

#include <unroll/framework/module.hpp>
#include <unroll/framework/random.hpp>
#include <unroll/models/sequence.hpp>

namespace unroll::inline v0 {

struct AttentionPoolingOptions {
  std::size_t inputs, hidden;
  /// The width of the query; 0: the scores depend on the sequence alone.
  std::size_t query = 0;
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

  static void members(auto& self, auto&& visit) {
    visit("weight", self.weight);
    visit("bias", self.bias);
    if (self.query_weight.value().size() > 0) visit("query_weight", self.query_weight);
    visit("score_weight", self.score_weight);
  }
};

extern template struct AttentionPooling<float>;
extern template struct AttentionPooling<double>;
extern template struct AttentionPooling<DualNumber>;

}  // namespace unroll::inline v0
