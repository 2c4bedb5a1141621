#include <unroll/models/embedding.hpp>
#include <unroll/models/sizes.hpp>
#include <unroll/ops/rows.hpp>

namespace unroll::inline v0 {

template <class Scalar>
Embedding<Scalar>::Embedding(const EmbeddingOptions& options, const Random& random) {
  expect_sizes("Embedding", {{"tokens", options.tokens}, {"width", options.width}});
  weight = Parameter(normal<Scalar>(random, {options.tokens, options.width}));
}

template <class Scalar>
Variable<Scalar> Embedding<Scalar>::operator()(Tape<Scalar>& tape, const Tensor<int>& tokens, Where where) const {
  return rows(tape, weight, tokens, where);
}

template <class Scalar>
Variable<Scalar> Embedding<Scalar>::operator()(Tape<Scalar>& tape, const Tensor<int>& tokens, Lengths lengths,
                                               Where where) const {
  return rows(tape, weight, tokens, lengths, where);
}

template struct Embedding<float>;
template struct Embedding<double>;
template struct Embedding<DualNumber>;

}  // namespace unroll::inline v0
