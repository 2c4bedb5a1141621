#include <unroll/framework/error.hpp>
#include <unroll/framework/tape.hpp>

#include <utility>

namespace unroll::inline v0 {

template <class Scalar>
Tape<Scalar>& Tape<Scalar>::nested(Recording recording) {
  if (nested_in_use_ == nested_.size()) nested_.push_back(std::make_unique<Tape>());
  Tape& tape = *nested_[nested_in_use_++];
  tape.around_ = this;
  tape.gathered_rows_ = gathered_rows_;
  if (std::exchange(tape.recording_, recording) == recording) return tape;
  tape.leaves_.clear();  // what was derived from parameters is not the same for both
  tape.beside_parameters_.reset();
  return tape;
}

template <class Scalar>
Variable<Scalar> Tape<Scalar>::share(Variable<Scalar> of, std::size_t offset, const Shape& shape) {
  expect_recording("share");
  if (around_ == nullptr || &of.tape() != around_)
    throw TapeError("share: the node is not of the tape that this one is nested in (carry values as Tensors)");
  expect_within("share", of.shape(), offset, shape);
  Scalar* const value = around_->value_of(around_->node(of)) + offset;
  const auto leaf = push_new("share", shape, value, records_gradients() && of.needs_gradient());
  share_with(leaf, of, offset);
  return leaf;
}

template <class Scalar>
void Tape<Scalar>::share_with(Variable<Scalar> leaf, Variable<Scalar> of, std::size_t offset) {
  Node& shared = node(leaf);
  shared.shared = true;
  shared.root = of.index_;
  shared.offset = offset;
}

template <class Scalar>
Variable<Scalar> Variable<Scalar>::origin() const {
  const auto& node = tape().node(*this);
  if (!node.shared) return *this;
  const Variable lender{tape_->around_, node.root, tape_->around_->generation_};
  return lender.shape() == node.shape ? lender.origin() : *this;
}

template <class Scalar>
std::size_t Tape<Scalar>::bytes() const {
  std::size_t sum = arena_.used() + beside_parameters_.used() + beside_marked_.used();
  for (const auto& tape : nested_) sum += tape->bytes();
  return sum;
}

template <class Scalar>
std::size_t Tape<Scalar>::capacity() const {
  std::size_t sum = arena_.capacity() + beside_parameters_.capacity() + beside_marked_.capacity()
                    + (nodes_.capacity() + nodes_before_sweep_.capacity()) * sizeof(Node)
                    + leaves_.capacity() * sizeof(Leaf);
  for (const auto& tape : nested_) sum += tape->capacity();
  return sum;
}

#define UNROLL_INSTANTIATE(Scalar)                                                            \
  template Tape<Scalar>& Tape<Scalar>::nested(Recording);                                     \
  template Variable<Scalar> Tape<Scalar>::share(Variable<Scalar>, std::size_t, const Shape&); \
  template void Tape<Scalar>::share_with(Variable<Scalar>, Variable<Scalar>, std::size_t);    \
  template Variable<Scalar> Variable<Scalar>::origin() const;                                 \
  template std::size_t Tape<Scalar>::bytes() const;                                           \
  template std::size_t Tape<Scalar>::capacity() const;
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)
UNROLL_INSTANTIATE(DualNumber)

}  // namespace unroll::inline v0
