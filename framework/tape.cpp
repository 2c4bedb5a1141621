#include <unroll/framework/denormals.hpp>
#include <unroll/framework/error.hpp>
#include <unroll/framework/tape.hpp>
#include <unroll/framework/unique.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <limits>

namespace unroll::inline v0 {

template <class Scalar>
Tape<Scalar>::Tape(Recording recording) : recording_(recording), generation_(unique_number()) {}

// ---- leaves --------------------------------------------------------------------------------------------------------

template <class Scalar>
Variable<Scalar> Tape<Scalar>::constant(TensorView<const Scalar> value) {
  expect_recording("constant");
  Scalar* const copy = numbers(value.size());
  std::copy(value.begin(), value.end(), copy);
  return push_new("constant", value.shape(), copy, false);
}

template <class Scalar>
Variable<Scalar> Tape<Scalar>::zeros(const Shape& shape) {
  expect_recording("zeros");
  Scalar* const value = numbers(shape.size());
  std::fill_n(value, shape.size(), Scalar{0});
  return push_new("zeros", shape, value, false);
}

template <class Scalar>
Variable<Scalar> Tape<Scalar>::input(TensorView<const Scalar> value) {
  expect_recording("input");
  Scalar* const copy = numbers(value.size());
  std::copy(value.begin(), value.end(), copy);
  return push_new("input", value.shape(), copy, records_gradients());
}

template <class Scalar>
Variable<Scalar> Tape<Scalar>::borrow(const char* operation, const Scalar* numbers, const Shape& shape) {
  expect_recording(operation);
  return push_new(operation, shape, const_cast<Scalar*>(numbers), false, Kind::borrowed);
}

template <class Scalar>
Variable<Scalar> Tape<Scalar>::use(const Parameter<Scalar>& parameter) {
  auto leaf = place_of(parameter);
  const bool known = leaf != leaves_.end() && leaf->parameter == &parameter;
  if (known && leaf->index != not_recorded) {
    expect_unchanged("parameter", *leaf);
    return {this, leaf->index, generation_};
  }
  expect_recording("parameter");
  if (!known) leaf = leaves_.insert(leaf, {&parameter, not_recorded, parameter.version(), nullptr});
  if (leaf->version != parameter.version()) {
    leaf->version = parameter.version();
    leaf->notes = nullptr;
    holds_outdated_ = true;  // its own notes, or those of others that were made of it
  }
  // The tape never writes through a leaf's value: the cast only lets parameters and results share one kind of node.
  auto* const value = const_cast<Scalar*>(parameter.value().data());
  const auto variable =
      push_new("parameter", parameter.shape(), value, records_gradients() && !parameter.frozen, Kind::parameter);
  if (around_ != nullptr) share_with(variable, around_->use(parameter), 0);
  leaf->index = variable.index_;
  nodes_[leaf->index].notes = leaf->notes;
  nodes_[leaf->index].version = leaf->version;
  nodes_[leaf->index].capture = &parameter;
  return variable;
}

template <class Scalar>
std::uint64_t Tape<Scalar>::version_of(Variable<Scalar> variable) const {
  const Node& of = node(variable);
  if (of.kind == Kind::parameter && static_cast<const Parameter<Scalar>*>(of.capture)->version() != of.version)
    refuse_changed("parameter", of.shape);
  return of.version;
}

template <class Scalar>
void Tape<Scalar>::expect_unchanged(const char* operation, const Leaf& leaf) const {
  if (leaf.parameter->version() == leaf.version && leaf.parameter->value().data() == nodes_[leaf.index].value) return;
  refuse_changed(operation, nodes_[leaf.index].shape);
}

template <class Scalar>
void Tape<Scalar>::refuse_changed(const char* operation, const Shape& shape) {
  throw TapeError(fmt::format(
      "{}: a parameter of shape {} has changed since this tape first used it (clear() the tape after an update)",
      operation, to_string(shape)));
}

template <class Scalar>
auto Tape<Scalar>::place_of(const Parameter<Scalar>& parameter) -> typename std::vector<Leaf>::iterator {
  return std::lower_bound(leaves_.begin(), leaves_.end(), &parameter,
                          [](const Leaf& leaf, const auto* wanted) { return std::less<>{}(leaf.parameter, wanted); });
}

template <class Scalar>
auto Tape<Scalar>::find_leaf(const Parameter<Scalar>& parameter) const -> const Leaf* {
  const auto found = const_cast<Tape*>(this)->place_of(parameter);
  const bool used = found != leaves_.end() && found->parameter == &parameter && found->index != not_recorded;
  return used ? &*found : nullptr;
}

// ---- recording -----------------------------------------------------------------------------------------------------

template <class Scalar>
Variable<Scalar> Tape<Scalar>::record(const char* operation, const Shape& shape,
                                      std::span<const Variable<Scalar>> inputs) {
  const bool needs_gradient = any_needs_gradient(operation, inputs);
  return push_new(operation, shape, numbers(shape.size()), needs_gradient);
}

template <class Scalar>
bool Tape<Scalar>::any_needs_gradient(const char* operation, std::span<const Variable<Scalar>> inputs) const {
  expect_recording(operation);
  bool needs_gradient = false;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i] && inputs[i].tape_ != this)
      throw TapeError(
          fmt::format("{}: operand {} belongs to another tape (carry values between tapes as Tensors)", operation, i));
    needs_gradient |= inputs[i].needs_gradient();
  }
  return needs_gradient;
}

template <class Scalar>
Variable<Scalar> Tape<Scalar>::push_new(const char* operation, const Shape& shape, Scalar* value, bool needs_gradient,
                                        Kind kind) {
  return push({.operation = operation,
               .shape = shape,
               .value = value,
               .gradient = nullptr,
               .rule = nullptr,
               .capture = nullptr,
               .notes = nullptr,
               .version = 0,
               .untouched = 0,
               .offset = 0,
               .root = 0,
               .outputs = 1,
               .holds = 0,
               .kind = kind,
               .needs_gradient = needs_gradient,
               .keeps_gradient = false,
               .gradient_gone = false,
               .lent = false,
               .settles = false,
               .shared = false});
}

template <class Scalar>
Variable<Scalar> Tape<Scalar>::view(const char* operation, Variable<Scalar> of, std::size_t offset,
                                    const Shape& shape) {
  expect_recording(operation);
  Node viewed = node(of);
  expect_within(operation, viewed.shape, offset, shape);
  value_of(node(of));  // columns are copied first: a view shares contiguous numbers
  if (viewed.kind != Kind::view) {
    viewed.root = of.index_;
    viewed.offset = 0;
  }
  viewed.operation = operation;
  viewed.shape = shape;
  viewed.offset += offset;
  viewed.value = nodes_[viewed.root].value + viewed.offset;
  viewed.gradient = nullptr;
  viewed.rule = nullptr;
  viewed.notes = nullptr;
  viewed.settles = false;
  viewed.keeps_gradient = false;
  viewed.lent = false;
  viewed.version = 0;
  viewed.untouched = 0;
  viewed.kind = Kind::view;
  viewed.shared = false;
  return push(viewed);
}

template <class Scalar>
Variable<Scalar> Tape<Scalar>::columns(const char* operation, Variable<Scalar> of, std::size_t first,
                                       std::size_t count) {
  expect_recording(operation);
  if (of.shape().rank() == 0 || first > of.shape().back() || count > of.shape().back() - first)
    throw ShapeError(
        fmt::format("{}: columns {} to {} are not all in {}", operation, first, first + count, to_string(of.shape())));
  value_of(node(of));
  Node cut = node(of);
  cut.operation = operation;
  cut.root = of.index_;
  cut.shape = cut.shape.with(cut.shape.rank() - 1, count);
  cut.offset = first;
  cut.value = nullptr;
  cut.gradient = nullptr;
  cut.rule = nullptr;
  cut.notes = nullptr;
  cut.settles = false;
  cut.keeps_gradient = false;
  cut.lent = false;
  cut.version = 0;
  cut.untouched = 0;
  cut.kind = Kind::columns;
  cut.shared = false;
  const Variable<Scalar> result = push(cut);
  // For ops that know no rows and gave this node a gradient of its own.
  result.on_backward([of, result, first] {
    const std::size_t width = of.shape().back(), columns = result.shape().back();
    const Scalar* const own = result.upstream();
    Scalar* const sum = of.gradient_sum() + first;
    for (std::size_t i = 0; i < result.shape().size(); ++i) sum[i / columns * width + i % columns] += own[i];
  });
  return result;
}

template <class Scalar>
Variable<Scalar> Tape<Scalar>::push(const Node& node) {
  if (nodes_.size() == std::numeric_limits<std::uint32_t>::max())
    throw TapeError("tape: more than 2^32 nodes (was clear() forgotten between training steps?)");
  nodes_.push_back(node);
  return {this, static_cast<std::uint32_t>(nodes_.size() - 1), generation_};
}

template <class Scalar>
void Tape<Scalar>::expect_recording(const char* operation) const {
  if (swept_)
    throw TapeError(fmt::format("{}: recorded after backward (clear() the tape before the next step)", operation));
}

template <class Scalar>
void Tape<Scalar>::refuse_stale() {
  throw TapeError(
      "variable: it is stale, its tape has been cleared or replaced since (keep what must survive a step as a "
      "Tensor)");
}

template <class Scalar>
Scalar* Tape<Scalar>::value_of(Node& node) {
  if (node.value != nullptr) return node.value;
  const auto new_value = [&] {
    return static_cast<Scalar*>(arena_beside(node).allocate(node.shape.size() * sizeof(Scalar)));
  };
  if (node.kind == Kind::lazy) {
    const Recipe recipe = *find_note<Recipe>({this, static_cast<std::uint32_t>(&node - nodes_.data()), generation_});
    node.value = new_value();
    recipe.compute(recipe.capture, node.value);
  } else if (node.kind == Kind::columns) {  // others may have no numbers at all
    const Node& root = nodes_[node.root];
    const std::size_t columns = node.shape.back(), width = root.shape.back();
    node.value = new_value();
    for (std::size_t row = 0; columns > 0 && row < node.shape.size() / columns; ++row)
      std::copy_n(root.value + node.offset + row * width, columns, node.value + row * columns);
  }
  return node.value;
}

template <class Scalar>
void Tape<Scalar>::clear() {
  if (records_gradients() || holds_outdated_) {
    leaves_.clear();
    beside_parameters_.reset();
    holds_outdated_ = false;
  }
  unrecord_leaves(0);
  generation_ = unique_number();
  swept_ = false;
  nodes_.clear();
  marked_ = 0;
  gradients_.forget();
  arena_.reset();
  beside_marked_.reset();
  for (std::size_t i = 0; i < nested_in_use_; ++i) nested_[i]->clear();
  nested_in_use_ = 0;
}

/// Leaves that were recorded at `first` or later will be recorded anew when they are used, with their notes.
template <class Scalar>
void Tape<Scalar>::unrecord_leaves(std::size_t first) {
  for (Leaf& leaf : leaves_) {
    if (leaf.index == not_recorded || leaf.index < first) continue;
    leaf.notes = nodes_[leaf.index].notes;
    leaf.index = not_recorded;
  }
}

template <class Scalar>
void Tape<Scalar>::rewind(const Mark& mark) {
  if (records_gradients())
    throw TapeError("rewind: the tape records gradients, whose rules need what came before (use Recording::values)");
  if (mark.nodes > nodes_.size())
    throw TapeError("rewind: the mark is of nodes that have been forgotten (was the tape cleared since?)");
  unrecord_leaves(mark.nodes);
  marked_ = mark.nodes;
  nodes_.erase(nodes_.begin() + static_cast<std::ptrdiff_t>(mark.nodes), nodes_.end());
  arena_.go_back(mark.memory);
}

// ---- the way back --------------------------------------------------------------------------------------------------

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
  }
  sweep();
}

template <class Scalar>
void Tape<Scalar>::start_sweep() {
  if (swept_)
    throw TapeError(
        "backward: this recording has been swept already (sum the losses and sweep once, or clear() and record again)");
  for (const Leaf& leaf : leaves_)
    if (leaf.index != not_recorded) expect_unchanged("backward", leaf);
  swept_ = true;
}

template <class Scalar>
void Tape<Scalar>::sweep() {
  const FlushDenormals flush;
  passed_ = nodes_.size();
  for (std::size_t index = nodes_.size(); index-- > 0;) {
    if (nodes_[index].settles) {
      const Settlement settlement = *find_note<Settlement>({this, static_cast<std::uint32_t>(index), generation_});
      settlement.rule(settlement.capture);
    }
    const Node& node = nodes_[index];
    if (node.rule == nullptr) continue;
    const std::span<Node> outputs(&nodes_[index], node.outputs);
    if (std::none_of(outputs.begin(), outputs.end(), [](const Node& output) { return output.gradient != nullptr; }))
      continue;
    node.rule(node.capture);
    passed_ = index;
    for (Node& output : outputs) give_back_gradient(output);
  }
  for (const Leaf& leaf : leaves_)  // of which only some parts may have been used
    if (leaf.index != not_recorded && nodes_[leaf.index].gradient != nullptr && !nodes_[leaf.index].lent)
      gradient_sum_of(nodes_[leaf.index]);
}

template <class Scalar>
Scalar* Tape<Scalar>::new_gradient(const Node& node) {
  void* const used_before = gradients_.take(node.shape.size() * sizeof(Scalar));
  return used_before == nullptr ? numbers(node.shape.size()) : static_cast<Scalar*>(used_before);
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

/// The parts of a tensor are met from the last to the first, as the steps of a sequence are: what lies before them is
/// written when its turn comes, and filled with zeros only when somebody asks out of turn.
template <class Scalar>
GradientSink<Scalar> Tape<Scalar>::sink_of(Node& node) {
  return sink_of_part(node, 0, node.shape.size());
}

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
  return {owner.gradient + first, fresh};
}

/// In whose gradient an op that goes by rows puts that of an operand.
template <class Scalar>
std::uint32_t Tape<Scalar>::holder_of_gradient(Variable<Scalar> operand) const {
  std::uint32_t holder = operand.index_;
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
    else if (holder_of_gradient(operand) == holder)
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
        rows[k] = {gradient + other.offset, root.shape.back(), fresh};
  }
}

template <class Scalar>
TensorView<const Scalar> Tape<Scalar>::gradient_after_sweep(Node& node) {
  Node& root = nodes_[node.shared ? 0 : node.root];
  if (node.kind == Kind::view && root.kind == Kind::columns)
    return {gradient_after_sweep(root).data() + node.offset, node.shape};
  if (node.kind == Kind::columns) {  // whichever way it came, all of it is in what it was cut from by now
    const std::size_t columns = node.shape.back(), width = root.shape.back();
    const Scalar* const source = gradient_after_sweep(root).data() + node.offset;
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

template <class Scalar>
const Scalar* Tape<Scalar>::gradient_of(const Parameter<Scalar>& parameter) const {
  if (!swept_) throw TapeError("gradient_of: asked before backward");
  const Leaf* const leaf = find_leaf(parameter);
  return leaf == nullptr || nodes_[leaf->index].lent ? nullptr : nodes_[leaf->index].gradient;
}

template <class Scalar>
void Tape<Scalar>::lend(Parameter<Scalar>& parameter) {
  const Leaf* const found = find_leaf(parameter);
  if (found == nullptr || !parameter.gradient_is_empty()) return;
  Node& leaf = nodes_[found->index];
  if (!leaf.needs_gradient || leaf.gradient != nullptr) return;
  leaf.gradient = parameter.gradient_memory();
  leaf.untouched = leaf.shape.size();
  leaf.lent = true;
}

/// What was lent and not written to is the parameter's alone again; after a failure, so is what was written to.
template <class Scalar>
void Tape<Scalar>::end_loan(Parameter<Scalar>& parameter, bool failed) {
  const Leaf* const found = find_leaf(parameter);
  if (found == nullptr || !parameter.gradient_is_empty()) return;
  Node& leaf = nodes_[found->index];
  if (leaf.lent || (failed && leaf.gradient == std::as_const(parameter).gradient().data())) leaf.gradient = nullptr;
  leaf.lent = false;
}

/// Whether the parameter's gradient was lent; if something has arrived, the parameter is told.
template <class Scalar>
bool Tape<Scalar>::take_back(Parameter<Scalar>& parameter) {
  const Scalar* const gradient = gradient_of(parameter);
  if (gradient == nullptr || gradient != std::as_const(parameter).gradient().data()) return false;
  static_cast<void>(parameter.gradient());  // no longer empty
  return true;
}

template <class Scalar>
void Tape<Scalar>::backward(Variable<Scalar> loss, const Parameters<Scalar>& parameters) {
  for (const auto& [name, parameter] : parameters) lend(*parameter);
  try {
    backward(loss);
  } catch (...) {
    for (const auto& [name, parameter] : parameters) {
      end_loan(*parameter, /*failed=*/true);
      if (parameter->gradient_is_empty()) parameter->zero_gradient();
    }
    throw;
  }
  for (const auto& [name, parameter] : parameters) {
    end_loan(*parameter, /*failed=*/false);
    const Scalar* const gradient = gradient_of(*parameter);
    if (gradient != nullptr && !take_back(*parameter)) parameter->add_gradient({gradient, parameter->shape()});
  }
}

template <class Scalar>
bool Tape<Scalar>::uses(const Parameter<Scalar>& parameter) const {
  return find_leaf(parameter) != nullptr;
}

template <class Scalar>
void add_gradients(const Tape<Scalar>& tape, const Parameters<std::type_identity_t<Scalar>>& parameters) {
  const FlushDenormals flush;
  for (const auto& [name, parameter] : parameters)
    if (const Scalar* const gradient = tape.gradient_of(*parameter))
      parameter->add_gradient({gradient, parameter->shape()});
}

template <class Scalar>
void backward(Variable<Scalar> loss, const Parameters<std::type_identity_t<Scalar>>& parameters) {
  const Tape<Scalar>& tape = loss.tape();
  if (parameters.size() > 0 && std::none_of(parameters.begin(), parameters.end(), [&](const auto& named) {
        return tape.uses(*named.parameter);
      }))
    throw TapeError(
        fmt::format("backward: the tape has used none of the {} parameters, the first being '{}' (are they of a copy "
                    "of the model?)",
                    parameters.size(), parameters[0].name));
  loss.tape().backward(loss, parameters);
}

template class Tape<float>;
template class Tape<double>;
template void add_gradients(const Tape<float>&, const Parameters<float>&);
template void add_gradients(const Tape<double>&, const Parameters<double>&);
template void backward(Variable<float>, const Parameters<float>&);
template void backward(Variable<double>, const Parameters<double>&);

}  // namespace unroll::inline v0
