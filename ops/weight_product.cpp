#include <unroll/framework/tape.hpp>
#include <unroll/ops/weight_product.hpp>

#include <utility>

namespace unroll::inline v0 {

namespace {

/// What the tape keeps beside a weight; one of each, since forward and backward turn the weight differently.
template <class Scalar, Turn turn>
struct PackedWeight {
  bool used = false;
  PackedMatrix<Scalar> packed{};
};

template <Turn turn, class Scalar>
void multiply(const Matrix<Scalar>& left, Variable<Scalar> operand, Scalar* result, bool accumulate) {
  const Variable<Scalar> weight = operand.origin();
  const Shape shape = weight.shape();
  const Matrix<Scalar> right{weight.value().data(), shape[0], shape[1], turn == Turn::transposed};
  if (!packing_pays(left.transposed ? left.columns : left.rows)) return product(left, right, result, accumulate);

  auto& note = weight.tape().template note<PackedWeight<Scalar, turn>>(weight);
  // A weight used once would fill the tape with a copy that nobody reads again.
  if (!std::exchange(note.used, true)) return product(left, right, result, accumulate);
  if (note.packed.panels == nullptr)
    note.packed = pack(right, weight.tape().template scratch<Scalar>(packed_size(right)).data());
  product(left, note.packed, result, accumulate);
}

}  // namespace

template <class Scalar>
void product_with(const Matrix<Scalar>& left, Variable<Scalar> weight, Turn turn, Scalar* result, bool accumulate) {
  if (turn == Turn::transposed)
    multiply<Turn::transposed>(left, weight, result, accumulate);
  else
    multiply<Turn::none>(left, weight, result, accumulate);
}

template void product_with(const Matrix<float>&, Variable<float>, Turn, float*, bool);
template void product_with(const Matrix<double>&, Variable<double>, Turn, double*, bool);

}  // namespace unroll::inline v0
