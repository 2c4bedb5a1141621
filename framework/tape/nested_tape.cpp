#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tape/tape.hpp>

#include <utility>

/// Nested tapes are for an op that does not want to keep what it computes with. The checkpointed run (checkpoints.cpp)
/// goes forward on a nested tape of values and keeps a few states; in its backward rule it records one segment after
/// the other again, on a nested tape of gradients, sweeps it there and clears it. What such a segment reads from
/// outside are leaves: an outer_leaf or a parameter's leaf has the numbers of a node on the tape around, and rules that
/// add to its gradient add to that node's. So the outer sweep goes on as if the op had kept everything. The outer tape
/// owns the nested ones and their memory, and hands each out once until it is cleared.
namespace unroll::inline v0 {

template <class Scalar>
Tape<Scalar>& Tape<Scalar>::nested(Recording recording) {
  if (nested_in_use_ == nested_.size()) nested_.push_back(std::make_unique<Tape>());
  Tape& tape = *nested_[nested_in_use_++];
  tape.around_ = this;
  tape.gathered_rows_ = gathered_rows_;
  if (std::exchange(tape.recording_, recording) == recording) return tape;
  tape.leaves_.clear();  // notes of parameters last differently on tapes of values and of gradients
  tape.beside_parameters_.reset();
  return tape;
}

template <class Scalar>
Variable<Scalar> Tape<Scalar>::outer_leaf(Variable<Scalar> of, std::size_t offset, const Shape& shape) {
  expect_recording("outer_leaf");
  if (around_ == nullptr || &of.tape() != around_)
    throw TapeError("outer_leaf: the node is not of the tape that this one is nested in (carry values as Tensors)");
  expect_within("outer_leaf", of.shape(), offset, shape);
  Scalar* const value = around_->value_of(around_->node(of)) + offset;
  const auto leaf = push_new("outer_leaf", shape, value, records_gradients() && of.needs_gradient());
  bind_to_outer(leaf, of, offset);
  return leaf;
}

template <class Scalar>
void Tape<Scalar>::bind_to_outer(Variable<Scalar> leaf, Variable<Scalar> of, std::size_t offset) {
  Node& inner = node(leaf);
  inner.outer = true;
  inner.root = of.index_;
  inner.offset = offset;
}

template <class Scalar>
Variable<Scalar> Variable<Scalar>::origin() const {
  const auto& node = tape().node(*this);
  if (!node.outer) return *this;
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
                    + leaves_.capacity() * sizeof(Leaf) + scope_log_.capacity();
  for (const auto& tape : nested_) sum += tape->capacity();
  return sum;
}

#define UNROLL_INSTANTIATE(Scalar)                                                                 \
  template Tape<Scalar>& Tape<Scalar>::nested(Recording);                                          \
  template Variable<Scalar> Tape<Scalar>::outer_leaf(Variable<Scalar>, std::size_t, const Shape&); \
  template void Tape<Scalar>::bind_to_outer(Variable<Scalar>, Variable<Scalar>, std::size_t);      \
  template Variable<Scalar> Variable<Scalar>::origin() const;                                      \
  template std::size_t Tape<Scalar>::bytes() const;                                                \
  template std::size_t Tape<Scalar>::capacity() const;
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)
UNROLL_INSTANTIATE(DualNumber)

}  // namespace unroll::inline v0
