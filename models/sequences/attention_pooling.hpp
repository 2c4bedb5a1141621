#pragma once

#include <unroll/framework/tape/module.hpp>
#include <unroll/framework/tensor/random.hpp>
#include <unroll/models/sequences/sequence.hpp>
#include <unroll/models/sequences/step_context.hpp>

namespace unroll::inline v0 {

/// The sizes of an AttentionPooling.
struct AttentionPoolingOptions {
  std::size_t inputs /**< H, the width of the steps */, hidden /**< A, the width of keys */;
  std::size_t query = 0;  ///< Q, the width of the query; 0: the scores depend on the sequence alone
};

template <class Scalar>
struct AttentionPooling;

/// Sequences for several queries, as the steps of a decoder query the encoded steps. The part of the scores that does
/// not depend on the query, W h_t + b, is computed once. AttentionPooling::over makes it, for one recording: it is
/// valid until its tape is cleared, and the pooling must outlive it.
///
///     const auto memory = attention.over({encoded, lengths});  // memory(query): [N, Q] -> [N, H]
///     for (std::size_t step = 0; step < steps; ++step) state = decoder(memory(state.hidden), state);
template <class Scalar = float>
class AttentionMemory {
 public:
  /// The result of the pooling for these sequences and the query [N, Q]: [N, H]. Throws what the pooling throws.
  Variable<Scalar> operator()(Variable<Scalar> query) const;
  /// The same in the step of a cell, which may have only some of the sequences, in another order (StepContext): a query
  /// for each sequence of the step -> a row for each. It computes the rows of the whole batch, so a step with few
  /// sequences is no faster. Throws ShapeError when the step is of another batch, too.
  Variable<Scalar> operator()(Variable<Scalar> query, const StepContext& context) const;
  /// The weights alone, [T, N]; 0 beyond the ends of sequences.
  Variable<Scalar> weights(Variable<Scalar> query) const;

 private:
  friend struct AttentionPooling<Scalar>;
  AttentionMemory(const AttentionPooling<Scalar>& pooling, const Sequence<Scalar>& x);

  const AttentionPooling<Scalar>* pooling_;
  Sequence<Scalar> x_;
  Variable<Scalar> keys_;  // [P, A]: W h_t + b of the steps that exist
};

/// Pools a sequence to one row by additive attention (Bahdanau et al. 2015, arXiv:1409.0473): the mean of its steps
/// h_t, weighted by how well each answers the query q,
///
///     score_t = v · tanh(W h_t + b [+ U q])    weight = softmax(score) over the steps that exist    Σ_t weight_t h_t
///
/// The row of a sequence without steps is zeros.
template <class Scalar = float>
struct AttentionPooling {
  using Options = AttentionPoolingOptions;  ///< for module_from

  Parameter<Scalar> weight;        ///< W [A, H]
  Parameter<Scalar> bias;          ///< b [A]
  Parameter<Scalar> query_weight;  ///< U [A, Q]; empty when the options have no query
  Parameter<Scalar> score_weight;  ///< v [1, A]

  AttentionPooling() = default;
  /// The same with numbers of another type: for derivatives, of DualNumber.
  template <class Other>
  explicit AttentionPooling(const AttentionPooling<Other>& other)
      : weight(other.weight), bias(other.bias), query_weight(other.query_weight), score_weight(other.score_weight) {}
  /// Numbers drawn evenly from ±1/√(number of inputs), as in Linear. Throws ArgumentError for sizes of 0.
  AttentionPooling(const AttentionPoolingOptions& options, const Random& random);

  /// Sequences [T, N, H] -> [N, H]. Throws ShapeError when they do not fit, ArgumentError when the options have a
  /// query, and TapeError after backward.
  Variable<Scalar> operator()(const Sequence<Scalar>& x) const { return (*this)(x, {}); }
  /// The same with a query for each sequence, [N, Q]. Throws ArgumentError when the options have no query.
  Variable<Scalar> operator()(const Sequence<Scalar>& x, Variable<Scalar> query) const;
  /// The weights alone, [T, N]; 0 beyond the ends of sequences.
  Variable<Scalar> weights(const Sequence<Scalar>& x, Variable<Scalar> query = {}) const;

  /// The sequences as a memory for several queries. Throws ShapeError when they do not fit.
  AttentionMemory<Scalar> over(const Sequence<Scalar>& x) const { return {*this, x}; }

  /// Calls visit(name, member) for every member (module.hpp).
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
