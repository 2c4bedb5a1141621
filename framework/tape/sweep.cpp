#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tape/tape.hpp>
#include <unroll/framework/tensor/denormals.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

/// The way back of a tape: one loop over its nodes, and the memory of gradients, whose life tape_node.hpp tells.
/// parameter_gradients.cpp hands the gradients of parameters over.
namespace unroll::inline v0 {

namespace {
/// While it lives, the flag is set.
struct Flagged {
  explicit Flagged(bool& of) : flag(of) { flag = true; }
  ~Flagged() { flag = false; }
  Flagged(const Flagged&) = delete;
  Flagged& operator=(const Flagged&) = delete;
  bool& flag;
};
}  // namespace

template <class Scalar>
void Tape<Scalar>::backward(Variable<Scalar> loss) {
  const Shape shape = loss.shape();
  if (shape.size() != 1)
    throw ShapeError(
        fmt::format("backward: the loss has shape {}, expected one number (take its sum or mean, or give a cotangent)",
                    to_string(shape)));
  const Scalar one{1};
  backward({{loss, TensorView<const Scalar>(&one, shape)}});
}

template <class Scalar>
void Tape<Scalar>::backward(std::span<const Seed<Scalar>> seeds) {
  if (seeds.empty()) throw ArgumentError("backward: no seeds given, expected an output and its cotangent at least");
  for (const auto& [output, cotangent] : seeds) {
    if (output && output.tape_ != this)
      throw TapeError("backward: the loss belongs to another tape (use loss.tape().backward(loss))");
    expect_same_shape("backward: cotangent", output.shape(), cotangent.shape());
    if (!output.needs_gradient())
      throw TapeError(fmt::format(
          "backward: '{}' depends on no parameter and no input (is every parameter frozen, or the tape recording "
          "values only?)",
          node(output).operation));
  }
  start_sweep();
  for (const auto& [output, cotangent] : seeds) {
    Scalar* const gradient = mutable_gradient_of(node(output));
    for (std::size_t i = 0; i < cotangent.size(); ++i) gradient[i] += cotangent[i];
    if (checked_) check_written(output.index_);
  }
  sweep();
}

template <class Scalar>
void Tape<Scalar>::sweep_unseeded() {
  start_sweep();
  sweep();
}

template <class Scalar>
void Tape<Scalar>::start_sweep() {
  if (swept_)
    throw TapeError(
        "backward: this recording has been swept already (sum the losses and sweep once, or clear() and record again)");
  for (const Leaf& leaf : leaves_)
    if (leaf.index != not_recorded) expect_unchanged("backward", leaf);
  if (repeatable_) remember_nodes();
  if (around_ != nullptr) {
    checked_ = around_->checked_;
    flushes_denormals_ = around_->flushes_denormals_;
  }
  written_.clear();
  swept_ = true;
}

/// The sweep goes through the nodes from the last to the first. Recording order is a topological order, so when the
/// loop reaches a node, it has swept every op that uses the node. At each node it does these, in this order:
///
/// - Settle. An op that gathers what it adds to this node's gradient (the product with a weight, over many steps) has
///   left a Settlement by complete_gradient_with. The loop calls all of them, the last one first; the gradient is whole
///   now.
/// - Skip. Leaves, views and nodes that need no gradient have no rule; nor has an output whose op has its rule at an
///   earlier output. A rule at whose outputs no gradient has arrived is skipped too: the loss does not depend on them,
///   and its operands need no zeros from it.
/// - Rule. The op's rule reads the gradient of its outputs and adds to those of its operands.
/// - Check. On a checked tape, check_written looks at the numbers that the settlement or the rule has written, and
///   throws AnomalyError while the sweep still knows which of the two wrote them.
/// - Give back. All readers of the outputs' gradients have run, so gradients of earlier nodes may take their memory.
///
/// After the loop the leaves remain. A parameter of which the ops have used parts has a gradient that is unwritten at
/// its beginning; it gets its zeros. A gradient that is still lent has got nothing, and the Parameter takes it back.
template <class Scalar>
void Tape<Scalar>::sweep() {
  std::optional<FlushDenormals> flush;
  if (flushes_denormals_) flush.emplace();
  const Flagged sweeping(sweeping_);
  passed_ = nodes_.size();
  for (std::size_t index = nodes_.size(); index-- > 0;) {
    if (nodes_[index].settles) {
      const Variable<Scalar> settled{this, static_cast<std::uint32_t>(index), generation_};
      for (const Settlement* settlement = find_note<Settlement>(settled); settlement != nullptr;
           settlement = settlement->next) {
        settlement->rule(settlement->capture);
        if (checked_) check_written(index);
      }
    }
    const Node& node = nodes_[index];
    if (node.rule == nullptr) continue;
    const std::span<Node> outputs(&nodes_[index], node.outputs);
    if (std::none_of(outputs.begin(), outputs.end(), [](const Node& output) { return output.gradient != nullptr; }))
      continue;
    node.rule(node.capture);
    if (checked_) check_written(index);
    passed_ = index;
    for (Node& output : outputs) give_back_gradient(output);
  }
  for (const Leaf& leaf : leaves_)
    if (leaf.index != not_recorded && nodes_[leaf.index].gradient != nullptr && !nodes_[leaf.index].lent)
      mutable_gradient_of(nodes_[leaf.index]);
}

template <class Scalar>
Scalar* Tape<Scalar>::new_gradient(Node& node) {
  if (node.readers == 0 && node.kind == Kind::plain && !node.outer && !node.value_gone) return take_value(node);
  void* const used_before = gradients_.take(node.shape.size() * sizeof(Scalar));
  return used_before == nullptr ? numbers(node.shape.size()) : static_cast<Scalar*>(used_before);
}

/// The memory of a value that has no reader left. Its views lose their value too.
template <class Scalar>
Scalar* Tape<Scalar>::take_value(Node& node) {
  const std::uint32_t index = index_of(node);
  for (std::size_t later = index + std::size_t{1}; later <= node.last_view; ++later) {
    Node& part = nodes_[later];
    if (part.kind != Kind::view || part.root != index) continue;
    part.value_gone = true;
    part.value = nullptr;
  }
  node.value_gone = true;
  return std::exchange(node.value, nullptr);
}

/// Only the rule of a node and ops recorded after it ask for its gradient: after the rule has run, no op does.
template <class Scalar>
void Tape<Scalar>::give_back_gradient(Node& node) {
  if (node.gradient == nullptr || node.keeps_gradient || node.holds > 0) return;
  gradients_.give(node.gradient, node.shape.size() * sizeof(Scalar));
  node.gradient = nullptr;
  node.gradient_gone = true;
}

template <class Scalar>
Scalar* Tape<Scalar>::mutable_gradient_of(Node& node) {
  const auto [gradient, unwritten] = sink_of(node);
  if (unwritten) std::fill_n(gradient, node.shape.size(), Scalar{0});
  return gradient;
}

template <class Scalar>
GradientSink<Scalar> Tape<Scalar>::sink_of(Node& node) {
  return sink_of_view(node, 0, node.shape.size());
}

/// The sweep meets the parts of a tensor from the last to the first, as it does the steps of a sequence. So a part that
/// ends where the written numbers begin is handed out as it is. A part before that is out of turn: then all that is
/// unwritten is filled with zeros.
template <class Scalar>
GradientSink<Scalar> Tape<Scalar>::sink_of_view(Node& owner, std::size_t first, std::size_t count) {
  if (owner.outer) return around_->sink_of_view(around_->nodes_[owner.root], owner.offset + first, count);
  if (owner.kind == Kind::view) return sink_of_view(nodes_[owner.root], owner.offset + first, count);
  if (owner.gradient == nullptr) {
    owner.gradient = new_gradient(owner);
    owner.untouched = owner.shape.size();
  }
  owner.lent = false;
  const std::size_t end = first + count;
  const bool unwritten = end == owner.untouched;
  if (!unwritten && first < owner.untouched) std::fill_n(owner.gradient, owner.untouched, Scalar{0});
  if (first < owner.untouched) owner.untouched = unwritten ? first : 0;
  if (checked_) {  // noted once, though a rule may ask for the same numbers at each of its rows
    const Written written{index_of(owner), first, count};
    if (written_.empty() || written_.back() != written) written_.push_back(written);
  }
  return {owner.gradient + first, unwritten};
}

/// The node that owns the numbers and the gradient of a node that is a view or columns of it; else the node itself.
template <class Scalar>
std::uint32_t Tape<Scalar>::owner_of_numbers(std::uint32_t index) const {
  std::uint32_t holder = index;
  if (nodes_[holder].kind == Kind::columns) holder = nodes_[holder].root;
  return nodes_[holder].kind == Kind::view ? nodes_[holder].root : holder;
}

/// Whether the columns of `root` among the operands are all of its columns, each once: each part begins where another
/// ends, and the widths add up. No other operand may use their memory: the rule could add to it before it is written.
template <class Scalar>
bool Tape<Scalar>::are_whole(std::span<const Variable<Scalar>> operands, std::uint32_t root) const {
  const auto is_part = [&](const Variable<Scalar>& operand) {
    const Node& part = node(operand);
    return part.kind == Kind::columns && part.root == root && part.needs_gradient;
  };
  const std::uint32_t holder = nodes_[root].kind == Kind::view ? nodes_[root].root : root;
  std::size_t sum = 0;
  for (const auto& operand : operands) {
    if (is_part(operand))
      sum += operand.shape().back();
    else if (owner_of_numbers(operand.index_) == holder)
      return false;
  }
  std::size_t next = 0;
  for (const std::size_t width = nodes_[root].shape.back(); next < width;) {
    const auto part = std::find_if(operands.begin(), operands.end(), [&](const auto& operand) {
      return is_part(operand) && node(operand).offset == next && operand.shape().back() > 0;
    });
    if (part == operands.end()) return false;
    next += part->shape().back();
  }
  return next == sum;
}

template <class Scalar>
void Tape<Scalar>::gradient_rows(std::span<const Variable<Scalar>> operands, std::span<RowBlock<Scalar>> rows) {
  for (std::size_t j = 0; j < operands.size(); ++j) {
    const Node& part = node(operands[j]);
    if (rows[j].data != nullptr || !part.needs_gradient) continue;
    if (part.kind != Kind::columns || !are_whole(operands, part.root)) {
      rows[j] = operands[j].gradient_rows();
      continue;
    }
    Node& root = nodes_[part.root];
    const auto [gradient, unwritten] = sink_of(root);
    for (std::size_t k = j; k < operands.size(); ++k)
      if (const Node& other = node(operands[k]); other.kind == Kind::columns && other.root == part.root)
        rows[k] = {detail::column_of(gradient, other.offset), root.shape.back(), unwritten};
  }
}

template <class Scalar>
TensorView<const Scalar> Tape<Scalar>::gradient_after_sweep(Node& node) {
  // The root of an outer leaf is a node of the tape around. Nothing below reads it; node 0 keeps the index valid.
  Node& root = nodes_[node.outer ? 0 : node.root];
  if (node.kind == Kind::view && root.kind == Kind::columns)
    return {gradient_after_sweep(root).data() + node.offset, node.shape};
  if (node.kind == Kind::columns) {  // the root has all of it by now, also what had come to the columns themselves
    const std::size_t columns = node.shape.back(), width = root.shape.back();
    const Scalar* const source = detail::column_of(gradient_after_sweep(root).data(), node.offset);
    Scalar* const copy = numbers(node.shape.size());
    for (std::size_t i = 0; i < node.shape.size(); ++i) copy[i] = source[i / columns * width + i % columns];
    return {copy, node.shape};
  }
  if (node.gradient_gone || (node.kind == Kind::view && root.gradient_gone))
    throw TapeError(fmt::format(
        "gradient: the tape has not kept that of '{}'; it has reused its memory (call keep_gradient() on it "
        "as soon as it is recorded)",
        node.kind == Kind::view ? root.operation : node.operation));
  return {mutable_gradient_of(node), node.shape};
}

#define UNROLL_INSTANTIATE(Scalar)                                                                           \
  template void Tape<Scalar>::backward(Variable<Scalar>);                                                    \
  template void Tape<Scalar>::backward(std::span<const Seed<Scalar>>);                                       \
  template void Tape<Scalar>::gradient_rows(std::span<const Variable<Scalar>>, std::span<RowBlock<Scalar>>); \
  template void Tape<Scalar>::sweep_unseeded();                                                              \
  template void Tape<Scalar>::start_sweep();                                                                 \
  template void Tape<Scalar>::sweep();                                                                       \
  template Scalar* Tape<Scalar>::new_gradient(Node&);                                                        \
  template Scalar* Tape<Scalar>::take_value(Node&);                                                          \
  template void Tape<Scalar>::give_back_gradient(Node&);                                                     \
  template Scalar* Tape<Scalar>::mutable_gradient_of(Node&);                                                 \
  template GradientSink<Scalar> Tape<Scalar>::sink_of(Node&);                                                \
  template GradientSink<Scalar> Tape<Scalar>::sink_of_view(Node&, std::size_t, std::size_t);                 \
  template std::uint32_t Tape<Scalar>::owner_of_numbers(std::uint32_t) const;                                \
  template bool Tape<Scalar>::are_whole(std::span<const Variable<Scalar>>, std::uint32_t) const;             \
  template TensorView<const Scalar> Tape<Scalar>::gradient_after_sweep(Node&);
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)
UNROLL_INSTANTIATE(DualNumber)
#undef UNROLL_INSTANTIATE

}  // namespace unroll::inline v0
