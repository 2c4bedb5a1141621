#include <unroll/framework/errors/sizes.hpp>
#include <unroll/models/layers/embedding.hpp>
#include <unroll/ops/rows.hpp>

namespace unroll::inline v0 {

template <class Scalar>
Embedding<Scalar>::Embedding(const EmbeddingOptions& options, const Random& random) {
  expect_sizes("Embedding", {{"tokens", options.tokens}, {"width", options.width}});
  weight = Parameter(normal<Scalar>(random, {options.tokens, options.width}));
}

template <class Scalar>
Variable<Scalar> Embedding<Scalar>::operator()(Tape<Scalar>& tape, const Tensor<int>& tokens, CallSite site) const {
  return rows(tape, weight, tokens, site);
}

template <class Scalar>
Variable<Scalar> Embedding<Scalar>::operator()(Tape<Scalar>& tape, const Tensor<int>& tokens, Lengths lengths,
                                               CallSite site) const {
  return rows(tape, weight, tokens, lengths, site);
}

template struct Embedding<float>;
template struct Embedding<double>;
template struct Embedding<DualNumber>;

}  // namespace unroll::inline v0
