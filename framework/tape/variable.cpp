#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tape/tape.hpp>

#include <fmt/format.h>

namespace unroll::inline v0 {

template <class Scalar>
void Variable<Scalar>::refuse_empty() {
  throw TapeError("variable: it names no node (a default-constructed Variable; was a state left unset?)");
}

template <class Scalar>
void Variable<Scalar>::refuse_second_rule(const char* operation) {
  throw TapeError(fmt::format(
      "on_backward: a second rule given for '{}', expected one (one rule can pass several gradients on)", operation));
}

template <class Scalar>
Scalar Variable<Scalar>::item() const {
  const auto numbers = value();
  if (numbers.size() != 1)
    throw ShapeError(fmt::format("item: shape {} has {} numbers, expected one", to_string(shape()), numbers.size()));
  return numbers[0];
}

template <class Scalar>
TensorView<const Scalar> Variable<Scalar>::gradient() const {
  auto& node = tape().node(*this);
  if (!tape_->swept_)
    throw TapeError(fmt::format("gradient: of '{}' asked before backward (call backward(loss) first)", node.operation));
  if (!node.needs_gradient)
    throw TapeError(fmt::format("gradient: '{}' needs none: it is constant, frozen, or the tape records values only",
                                node.operation));
  return tape_->gradient_after_sweep(node);
}

template <class Scalar>
Variable<Scalar> Variable<Scalar>::keep_gradient() const {
  auto* node = &tape().node(*this);
  node->keeps_gradient = true;
  while (node->kind == Tape<Scalar>::Kind::view || node->kind == Tape<Scalar>::Kind::columns) {
    node = &tape_->nodes_[node->root];  // whose gradient holds this node's
    node->keeps_gradient = true;
  }
  return *this;
}

template <class Scalar>
bool Variable<Scalar>::forgo_gradient() const {
  auto& node = tape().node(*this);
  if (!node.keeps_gradient) node.gradient_gone = true;
  return !node.keeps_gradient;
}

template <class Scalar>
Scalar* Variable<Scalar>::writable() const {
  auto& node = tape().node(*this);
  const auto& owner = node.kind == Tape<Scalar>::Kind::view ? tape_->nodes_[node.root] : node;
  if (owner.kind == Tape<Scalar>::Kind::parameter || owner.kind == Tape<Scalar>::Kind::borrowed || owner.outer)
    throw TapeError("writable: of a parameter, which a tape only reads (change it through mutable_value)");
  return node.value;
}

template <class Scalar>
const Scalar* Variable<Scalar>::upstream() const {
  return tape().mutable_gradient_of(tape_->node(*this));
}

template <class Scalar>
void Variable<Scalar>::hold_gradient() const {
  ++tape().node(*this).holds;
}

template <class Scalar>
void Variable<Scalar>::release_gradient() const {
  auto& node = tape().node(*this);
  if (node.holds == 0) throw TapeError(fmt::format("release_gradient: that of '{}' is not held", node.operation));
  if (--node.holds == 0 && index_ >= tape_->passed_) tape_->give_back_gradient(node);
}

template <class Scalar>
void Variable<Scalar>::forgo_value(std::size_t since) const {
  static_cast<void>(tape().node(*this));
  auto& owner = tape_->nodes_[tape_->owner_of_numbers(index_)];
  if (owner.readers > 0 && tape_->index_of(owner) >= since) --owner.readers;
}

template <class Scalar>
bool Variable<Scalar>::has_upstream() const {
  return tape().node(*this).gradient != nullptr;
}

template <class Scalar>
Scalar* Variable<Scalar>::mutable_gradient() const {
  return tape().mutable_gradient_of(tape_->node(*this));
}

template <class Scalar>
GradientSink<Scalar> Variable<Scalar>::gradient_sink() const {
  return tape().sink_of(tape_->node(*this));
}

template <class Scalar>
RowBlock<const Scalar> Variable<Scalar>::value_rows() const {
  auto& node = tape().node(*this);
  if (node.value != nullptr || node.kind != Tape<Scalar>::Kind::columns)
    return {tape_->value_of(node), node.shape.back()};
  auto& root = tape_->nodes_[node.root];
  return {detail::column_of(tape_->value_of(root), node.offset), root.shape.back()};
}

template <class Scalar>
RowBlock<Scalar> Variable<Scalar>::gradient_rows() const {
  auto& node = tape().node(*this);
  if (node.kind == Tape<Scalar>::Kind::columns) {
    auto& root = tape_->nodes_[node.root];
    return {detail::column_of(tape_->mutable_gradient_of(root), node.offset), root.shape.back()};
  }
  const auto [data, unwritten] = gradient_sink();
  return {data, node.shape.back(), unwritten};
}

template <class Scalar>
Variable<Scalar> AnyOperand<Scalar>::on(Tape<Scalar>& tape) const {
  if (parameter_ != nullptr) return tape.use(*parameter_, site_);
  if (constant_ != nullptr) return tape.constant(*constant_, site_);
  return variable_;
}

template class Variable<float>;
template class Variable<double>;
template class Variable<DualNumber>;
template class AnyOperand<float>;
template class AnyOperand<double>;
template class AnyOperand<DualNumber>;

}  // namespace unroll::inline v0
