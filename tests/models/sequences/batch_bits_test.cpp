#include "support/catch.hpp"
#include "support/models.hpp"
#include <unroll/models.hpp>
#include <unroll/ops/product.hpp>

#include <algorithm>

// What is told for a sequence does not depend, to the bit, on which others are in its batch: a server may gather the
// requests that it has.

using namespace unroll;

namespace {

template <class Layer>
Tensor<> outputs_of(const Layer& layer, const Tensor<>& inputs, Recording recording) {
  Tape<> tape(recording);
  return Tensor<>(unroll::run(layer, tape.constant(inputs)).outputs.value());
}

/// Sequence n of a batch [T, N, D], as a batch of one.
Tensor<> sequence_of(const Tensor<>& batch, std::size_t n) {
  const Shape& shape = batch.shape();
  Tensor<> one({shape[0], 1, shape[2]});
  for (std::size_t t = 0; t < shape[0]; ++t)
    std::copy_n(batch.data() + (t * shape[1] + n) * shape[2], shape[2], one.data() + t * shape[2]);
  return one;
}

template <class Layer>
void expect_independent_rows(const Layer& layer) {
  set_product_threads(1);
  if (!packing_pays({.rows = 16})) {
    WARN("not tested: without fused multiply-adds at compile time the BLAS multiplies");
    return;
  }
  for (const auto recording : {Recording::gradients, Recording::values})
    for (const std::size_t batch : {2u, 5u, 17u, 70u}) {
      const auto inputs = normal(Random(2), {4, batch, 11});
      const auto together = outputs_of(layer, inputs, recording);
      for (std::size_t n = 0; n < batch; n += 1 + batch / 7) {
        CAPTURE(batch, n);
        CHECK(outputs_of(layer, sequence_of(inputs, n), recording) == sequence_of(together, n));
      }
    }
}

}  // namespace

TEST_CASE("each sequence of a batch has the bits that it has alone, with every cell", "[product]") {
  expect_independent_rows(RnnCell<>({.inputs = 11, .hidden = 37}, Random(1)));
  expect_independent_rows(GruCell<>({.inputs = 11, .hidden = 37}, Random(1)));
  expect_independent_rows(LstmCell<>({.inputs = 11, .hidden = 37}, Random(1)));
  expect_independent_rows(LayerNormLstmCell<>({.inputs = 11, .hidden = 37}, Random(1)));
  expect_independent_rows(Layers<Bidirectional<LstmCell<>>>(2, {.inputs = 11, .hidden = 24}, Random(1)));
}
