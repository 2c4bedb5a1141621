#include <unroll/framework/denormals.hpp>
#include <unroll/framework/error.hpp>
#include <unroll/framework/tape.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

/// The way back of a tape: one loop over its nodes, and the memory of gradients. Those of parameters are handed over in
/// parameter_gradients.cpp.
namespace unroll::inline v0 {

namespace {
/// Keeps a flag set for as long as it lives.
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
    Scalar* const gradient = gradient_sum_of(node(output));
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
  for (const Leaf& leaf : leaves_)  // of which only some parts may have been used
    if (leaf.index != not_recorded && nodes_[leaf.index].gradient != nullptr && !nodes_[leaf.index].lent)
      gradient_sum_of(nodes_[leaf.index]);
}

template <class Scalar>
Scalar* Tape<Scalar>::new_gradient(Node& node) {
  if (node.readers == 0 && node.kind == Kind::plain && !node.shared && !node.value_gone) return take_value(node);
  void* const used_before = gradients_.take(node.shape.size() * sizeof(Scalar));
  return used_before == nullptr ? numbers(node.shape.size()) : static_cast<Scalar*>(used_before);
}

/// The memory of a value that nobody reads again, neither here nor in views of it.
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

/// What was recorded before a node never asks for its gradient: once it has been passed on, nobody does.
template <class Scalar>
void Tape<Scalar>::give_back_gradient(Node& node) {
  if (node.gradient == nullptr || node.keeps_gradient || node.holds > 0) return;
  gradients_.give(node.gradient, node.shape.size() * sizeof(Scalar));
  node.gradient = nullptr;
  node.gradient_gone = true;
}

template <class Scalar>
Scalar* Tape<Scalar>::gradient_sum_of(Node& node) {
  const auto [gradient, fresh] = sink_of(node);
  if (fresh) std::fill_n(gradient, node.shape.size(), Scalar{0});
  return gradient;
}

template <class Scalar>
GradientSink<Scalar> Tape<Scalar>::sink_of(Node& node) {
  return sink_of_part(node, 0, node.shape.size());
}

/// The parts of a tensor are met from the last to the first, as the steps of a sequence are: what lies before them is
/// written when its turn comes, and filled with zeros only when somebody asks out of turn.
template <class Scalar>
GradientSink<Scalar> Tape<Scalar>::sink_of_part(Node& owner, std::size_t first, std::size_t count) {
  if (owner.shared) return around_->sink_of_part(around_->nodes_[owner.root], owner.offset + first, count);
  if (owner.kind == Kind::view) return sink_of_part(nodes_[owner.root], owner.offset + first, count);
  if (owner.gradient == nullptr) {
    owner.gradient = new_gradient(owner);
    owner.untouched = owner.shape.size();
  }
  owner.lent = false;
  const std::size_t end = first + count;
  const bool fresh = end == owner.untouched;
  if (!fresh && first < owner.untouched) std::fill_n(owner.gradient, owner.untouched, Scalar{0});
  if (first < owner.untouched) owner.untouched = fresh ? first : 0;
  if (checked_) {  // a rule may ask for the same numbers at each of its rows
    const Written written{index_of(owner), first, count};
    if (written_.empty() || written_.back() != written) written_.push_back(written);
  }
  return {owner.gradient + first, fresh};
}

/// The node whose numbers and gradient these are, or are columns of.
template <class Scalar>
std::uint32_t Tape<Scalar>::owner_of_numbers(std::uint32_t index) const {
  std::uint32_t holder = index;
  if (nodes_[holder].kind == Kind::columns) holder = nodes_[holder].root;
  return nodes_[holder].kind == Kind::view ? nodes_[holder].root : holder;
}

/// Whether the columns of `root` among the operands are all of its columns, each once: they begin one where another
/// ends, and add up. No other operand may share their memory, since it would be added to before it is written.
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
    const auto [gradient, fresh] = sink_of(root);
    for (std::size_t k = j; k < operands.size(); ++k)
      if (const Node& other = node(operands[k]); other.kind == Kind::columns && other.root == part.root)
        rows[k] = {detail::column_of(gradient, other.offset), root.shape.back(), fresh};
  }
}

template <class Scalar>
TensorView<const Scalar> Tape<Scalar>::gradient_after_sweep(Node& node) {
  Node& root = nodes_[node.shared ? 0 : node.root];
  if (node.kind == Kind::view && root.kind == Kind::columns)
    return {gradient_after_sweep(root).data() + node.offset, node.shape};
  if (node.kind == Kind::columns) {  // whichever way it came, all of it is in what it was cut from by now
    const std::size_t columns = node.shape.back(), width = root.shape.back();
    const Scalar* const source = detail::column_of(gradient_after_sweep(root).data(), node.offset);
    Scalar* const copy = numbers(node.shape.size());
    for (std::size_t i = 0; i < node.shape.size(); ++i) copy[i] = source[i / columns * width + i % columns];
    return {copy, node.shape};
  }
  if (node.gradient_gone || (node.kind == Kind::view && root.gradient_gone))
    throw TapeError(
        fmt::format("gradient: of '{}' has not been kept: once it was passed on, its memory served again (call "
                    "keep_gradient() on it as soon as it is recorded)",
                    node.kind == Kind::view ? root.operation : node.operation));
  return {gradient_sum_of(node), node.shape};
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
  template Scalar* Tape<Scalar>::gradient_sum_of(Node&);                                                     \
  template GradientSink<Scalar> Tape<Scalar>::sink_of(Node&);                                                \
  template GradientSink<Scalar> Tape<Scalar>::sink_of_part(Node&, std::size_t, std::size_t);                 \
  template std::uint32_t Tape<Scalar>::owner_of_numbers(std::uint32_t) const;                                \
  template bool Tape<Scalar>::are_whole(std::span<const Variable<Scalar>>, std::uint32_t) const;             \
  template TensorView<const Scalar> Tape<Scalar>::gradient_after_sweep(Node&);
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)
UNROLL_INSTANTIATE(DualNumber)
#undef UNROLL_INSTANTIATE

}  // namespace unroll::inline v0
