#include <unroll/framework/error.hpp>
#include <unroll/framework/tape.hpp>

namespace unroll::inline v0 {

template <class Scalar>
Tape<Scalar>& Tape<Scalar>::nested(Recording recording) {
  if (nested_in_use_ == nested_.size()) nested_.push_back(std::make_unique<Tape>());
  Tape& tape = *nested_[nested_in_use_++];
  tape.around_ = this;
  tape.recording_ = recording;
  tape.gathered_rows_ = gathered_rows_;
  return tape;
}

template <class Scalar>
Variable<Scalar> Tape<Scalar>::borrow(Variable<Scalar> of, std::size_t offset, const Shape& shape) {
  expect_recording("borrow");
  if (around_ == nullptr || &of.tape() != around_)
    throw TapeError("borrow: the node is not of the tape that this one is nested in (carry values as Tensors)");
  return push_borrowed("borrow", Kind::plain, of, offset, shape);
}

template <class Scalar>
Variable<Scalar> Tape<Scalar>::push_borrowed(const char* operation, Kind kind, Variable<Scalar> of, std::size_t offset,
                                             const Shape& shape) {
  Node& lender = around_->node(of);
  expect_within(operation, lender.shape, offset, shape);
  const auto leaf = push_new(operation, shape, around_->value_of(lender) + offset,
                             records_gradients() && lender.needs_gradient, kind);
  Node& borrowed = nodes_.back();
  borrowed.borrowed = true;
  borrowed.root = of.index_;
  borrowed.offset = offset;
  return leaf;
}

template <class Scalar>
Variable<Scalar> Variable<Scalar>::origin() const {
  const auto& node = tape().node(*this);
  if (!node.borrowed) return *this;
  const Variable lender{tape_->around_, node.root, tape_->around_->generation_};
  return lender.shape() == node.shape ? lender.origin() : *this;
}

template <class Scalar>
std::size_t Tape<Scalar>::bytes() const {
  std::size_t sum = arena_.used();
  for (const auto& tape : nested_) sum += tape->bytes();
  return sum;
}

template <class Scalar>
std::size_t Tape<Scalar>::capacity() const {
  std::size_t sum = arena_.capacity() + nodes_.capacity() * sizeof(Node);
  for (const auto& tape : nested_) sum += tape->capacity();
  return sum;
}

#define UNROLL_INSTANTIATE(Scalar)                                                                        \
  template Tape<Scalar>& Tape<Scalar>::nested(Recording);                                                 \
  template Variable<Scalar> Tape<Scalar>::borrow(Variable<Scalar>, std::size_t, const Shape&);            \
  template Variable<Scalar> Tape<Scalar>::push_borrowed(const char*, Kind, Variable<Scalar>, std::size_t, \
                                                        const Shape&);                                    \
  template Variable<Scalar> Variable<Scalar>::origin() const;                                             \
  template std::size_t Tape<Scalar>::bytes() const;                                                       \
  template std::size_t Tape<Scalar>::capacity() const;
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)

}  // namespace unroll::inline v0
