#include <unroll/framework/error.hpp>
#include <unroll/framework/parameter_copies.hpp>
#include <unroll/framework/tape.hpp>

#include <fmt/format.h>

/// A recording that is swept more than once, and after its parameters have changed: what the windows of truncated
/// backpropagation through time need, which overlap.
namespace unroll::inline v0 {

template <class Scalar>
void Tape<Scalar>::forget_gradients() {
  expect_no_sweep("forget_gradients");
  if (!swept_) return;
  if (!remembered_)
    throw TapeError("forget_gradients: this recording can be swept once (call set_repeatable(true) before backward)");
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const bool value_gone = nodes_[i].value_gone;
    nodes_[i] = nodes_before_sweep_[i];
    if (std::exchange(nodes_[i].value_gone, value_gone) != value_gone) nodes_[i].value = nullptr;
  }
  gradients_.forget();
  arena_.go_back(memory_before_sweep_);
  swept_ = remembered_ = false;
  sealed_ = true;
}

/// Called when a sweep begins.
template <class Scalar>
void Tape<Scalar>::remember_nodes() {
  if (nested_in_use_ > 0)
    throw TapeError(
        "backward: a recording with nested tapes can be swept once, and this one is to be repeatable (was a sequence "
        "unrolled with checkpoints within a window of truncated backpropagation?)");
  nodes_before_sweep_ = nodes_;
  for (Node& node : nodes_before_sweep_)  // what has been lent is for this sweep
    if (std::exchange(node.lent, false)) node.gradient = nullptr, node.made = false;
  remembered_ = true;
  memory_before_sweep_ = arena_.position();
}

template <class Scalar>
void Tape<Scalar>::read_from(const ParameterCopies<Scalar>& copies) {
  if (nested_in_use_ > 0)
    throw TapeError(
        "read_from: a recording with nested tapes reads its parameters where they are (was a sequence unrolled with "
        "checkpoints, to be swept after an update?)");
  sealed_ = true;
  for (const Leaf& leaf : leaves_) {
    if (leaf.index == not_recorded || nodes_[leaf.index].version == 0) continue;
    expect_present("read_from", leaf);
    const Scalar* const copy = copies.find(*leaf.parameter, leaf.version);
    if (copy == nullptr) {
      if (!nodes_[leaf.index].needs_gradient) continue;
      throw TapeError(fmt::format(
          "read_from: there is no copy of the value that a parameter of shape {} had when this tape used it (were the "
          "copies taken of another model, or after the update?)",
          to_string(leaf.parameter->shape())));
    }
    for (std::vector<Node>* const nodes : {&nodes_, &nodes_before_sweep_}) read_from(*nodes, leaf.index, copy);
  }
}

/// Lets a parameter's leaf, and the views of it, read a copy of its value.
template <class Scalar>
void Tape<Scalar>::read_from(std::vector<Node>& nodes, std::uint32_t leaf, const Scalar* copy) {
  if (leaf >= nodes.size()) return;
  nodes[leaf].version = 0;  // of no parameter's present value
  for (std::size_t i = leaf; i < nodes.size(); ++i)
    if (i == leaf || (nodes[i].kind == Kind::view && nodes[i].root == leaf))
      nodes[i].value = const_cast<Scalar*>(copy) + nodes[i].offset;  // as in use(): the tape never writes to it
}

#define UNROLL_INSTANTIATE(Scalar)                                       \
  template void Tape<Scalar>::forget_gradients();                        \
  template void Tape<Scalar>::remember_nodes();                          \
  template void Tape<Scalar>::read_from(const ParameterCopies<Scalar>&); \
  template void Tape<Scalar>::read_from(std::vector<Node>&, std::uint32_t, const Scalar*);
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)
UNROLL_INSTANTIATE(DualNumber)
#undef UNROLL_INSTANTIATE

}  // namespace unroll::inline v0
