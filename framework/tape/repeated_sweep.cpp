#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tape/parameter_copies.hpp>
#include <unroll/framework/tape/tape.hpp>

#include <fmt/format.h>

/// Repeated sweeps are for truncated backpropagation through time whose windows overlap: a chunk of steps, recorded
/// once, belongs to several windows, and each window sweeps it from other seeds. (The Jacobian of a step, too, takes a
/// sweep for each component of the state.) A repeatable tape copies its list of nodes when a sweep begins;
/// forget_gradients puts the copy back, with every gradient, note and rule as it was. Only values whose memory the
/// sweep has taken for gradients stay gone. Between two windows an optimizer may change the parameters; read_from lets
/// the recording read copies of the values that it was made with.
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

/// Copies the nodes when a sweep begins, without the gradients that Parameters have lent to this sweep alone.
template <class Scalar>
void Tape<Scalar>::remember_nodes() {
  if (nested_in_use_ > 0)
    throw TapeError(
        "backward: a recording with nested tapes can be swept once, and this one is to be repeatable (was a sequence "
        "unrolled with checkpoints within a window of truncated backpropagation?)");
  nodes_before_sweep_ = nodes_;
  for (Node& node : nodes_before_sweep_)
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

/// Lets a parameter's leaf, and its views, read a copy of the value.
template <class Scalar>
void Tape<Scalar>::read_from(std::vector<Node>& nodes, std::uint32_t leaf, const Scalar* copy) {
  if (leaf >= nodes.size()) return;
  nodes[leaf].version = 0;  // the leaf reads a copy
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
