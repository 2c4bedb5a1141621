#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tape/internal/allocated_for.hpp>
#include <unroll/framework/tape/internal/version_number.hpp>
#include <unroll/framework/tape/scope_log.hpp>
#include <unroll/framework/tape/tape.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <limits>

namespace unroll::inline v0 {

template <class Scalar>
Tape<Scalar>::Tape(Recording recording) : recording_(recording), generation_(version_number()) {}

namespace {
constexpr bool no_gradient = false;  // of a leaf that is data
}

// ---- leaves --------------------------------------------------------------------------------------------------------

template <class Scalar>
Variable<Scalar> Tape<Scalar>::constant(TensorView<const Scalar> value, CallSite site) {
  const CalledFrom caller(*this, site);
  expect_recording("constant");
  Scalar* const copy = numbers("constant", value.shape());
  std::copy(value.begin(), value.end(), copy);
  return push_new("constant", value.shape(), copy, no_gradient);
}

template <class Scalar>
Variable<Scalar> Tape<Scalar>::zeros(const Shape& shape, CallSite site) {
  const CalledFrom caller(*this, site);
  expect_recording("zeros");
  Scalar* const value = numbers("zeros", shape);
  std::fill_n(value, shape.size(), Scalar{0});
  return push_new("zeros", shape, value, no_gradient);
}

template <class Scalar>
Variable<Scalar> Tape<Scalar>::input(TensorView<const Scalar> value, CallSite site) {
  const CalledFrom caller(*this, site);
  expect_recording("input");
  Scalar* const copy = numbers("input", value.shape());
  std::copy(value.begin(), value.end(), copy);
  return push_new("input", value.shape(), copy, records_gradients());
}

template <class Scalar>
Variable<Scalar> Tape<Scalar>::borrow(const char* operation, const Scalar* numbers, const Shape& shape, CallSite site) {
  const CalledFrom caller(*this, site);
  expect_recording(operation);
  return push_new(operation, shape, const_cast<Scalar*>(numbers), no_gradient, Kind::borrowed);
}

template <class Scalar>
Variable<Scalar> Tape<Scalar>::use(const Parameter<Scalar>& parameter, CallSite site) {
  auto leaf = slot_of(parameter);
  const bool known = leaf != leaves_.end() && leaf->parameter == &parameter;
  if (known && leaf->presence != parameter.presence()) {  // a new parameter at the address of one that is gone
    if (leaf->index != not_recorded) expect_present("parameter", *leaf);
    leaf->presence = parameter.presence();
  }
  if (known && leaf->index != not_recorded) {
    expect_unchanged("parameter", *leaf);
    return {this, leaf->index, generation_};
  }
  expect_recording("parameter");
  const CalledFrom caller(*this, site);
  const Variable<Scalar> lender = around_ == nullptr ? Variable<Scalar>{} : around_->use(parameter, site);
  const std::uint64_t version = lender ? around_->node(lender).version : parameter.version();  // 0: a copy (read_from)
  if (!known) leaf = leaves_.insert(leaf, {&parameter, parameter.presence(), not_recorded, version, nullptr});
  if (leaf->version != version || version == 0) {
    leaf->version = version;
    leaf->notes = nullptr;
    holds_outdated_ = true;  // its own notes, and notes of other parameters that were derived from it too
  }
  // The tape never writes through a leaf's value: the cast only lets parameters and results share one kind of node.
  auto* const value = lender ? around_->node(lender).value : const_cast<Scalar*>(parameter.value().data());
  const auto variable =
      push_new("parameter", parameter.shape(), value, records_gradients() && !parameter.frozen, Kind::parameter);
  if (lender) bind_to_outer(variable, lender, 0);
  leaf->index = variable.index_;
  nodes_[leaf->index].notes = leaf->notes;
  nodes_[leaf->index].version = leaf->version;
  nodes_[leaf->index].capture = leaf->presence.get();
  return variable;
}

template <class Scalar>
std::uint64_t Tape<Scalar>::version_of(Variable<Scalar> variable) const {
  const Node& of = node(variable);
  if (of.kind == Kind::parameter && of.version != 0) {
    const auto* const parameter = static_cast<const Presence*>(of.capture)->owner;
    if (parameter == nullptr) refuse_gone("parameter", of, {});
    if (parameter->version() != of.version) refuse_changed("parameter", of, {});
  }
  return of.version;
}

template <class Scalar>
void Tape<Scalar>::expect_present(const char* operation, const Leaf& leaf, std::string_view name) const {
  if (leaf.presence->owner == nullptr) refuse_gone(operation, nodes_[leaf.index], name);
}

template <class Scalar>
void Tape<Scalar>::expect_unchanged(const char* operation, const Leaf& leaf, std::string_view name) const {
  const Node& node = nodes_[leaf.index];
  if (node.version == 0) return;  // it reads a copy
  expect_present(operation, leaf, name);
  if (leaf.parameter->version() == leaf.version && leaf.parameter->value().data() == node.value) return;
  refuse_changed(operation, node, name);
}

namespace {
std::string described(std::string_view name) {
  return name.empty() ? "a parameter" : fmt::format("the parameter '{}'", name);
}
}  // namespace

template <class Scalar>
void Tape<Scalar>::refuse_gone(const char* operation, const Node& leaf, std::string_view name) const {
  throw TapeError(
      fmt::format("{}: {} of shape {}, used at {}, was destroyed or moved since this tape first used it (must its "
                  "module outlive the sweep: was it made within a function, or in a list that has grown since?)",
                  operation, described(name), to_string(leaf.shape), to_string(leaf.site)));
}

template <class Scalar>
void Tape<Scalar>::refuse_changed(const char* operation, const Node& leaf, std::string_view name) const {
  throw TapeError(
      fmt::format("{}: {} of shape {}, used at {}, has changed since this tape first used it (clear() the tape after "
                  "an update)",
                  operation, described(name), to_string(leaf.shape), to_string(leaf.site)));
}

template <class Scalar>
auto Tape<Scalar>::slot_of(const Parameter<Scalar>& parameter) -> typename std::vector<Leaf>::iterator {
  return std::lower_bound(leaves_.begin(), leaves_.end(), &parameter,
                          [](const Leaf& leaf, const auto* wanted) { return std::less<>{}(leaf.parameter, wanted); });
}

template <class Scalar>
auto Tape<Scalar>::find_leaf(const Parameter<Scalar>& parameter) const -> const Leaf* {
  const auto found = const_cast<Tape*>(this)->slot_of(parameter);
  const bool used = found != leaves_.end() && found->parameter == &parameter && found->index != not_recorded;
  return used ? &*found : nullptr;
}

template <class Scalar>
Scalar* Tape<Scalar>::numbers(const char* operation, const Shape& shape) {
  return detail::allocated_for(operation, shape, [&] { return numbers(shape.size()); });
}

// ---- recording -----------------------------------------------------------------------------------------------------

template <class Scalar>
Variable<Scalar> Tape<Scalar>::record(const char* operation, const Shape& shape,
                                      std::span<const Variable<Scalar>> inputs, CallSite site) {
  const CalledFrom caller(*this, site);
  const bool needs_gradient = any_needs_gradient(operation, inputs);
  for (const Variable<Scalar>& input : inputs) ++nodes_[owner_of_numbers(input.index_)].readers;
  return push_new(operation, shape, numbers(operation, shape), needs_gradient);
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
auto Tape<Scalar>::new_node(const char* operation, const Shape& shape, Scalar* value, bool needs_gradient, Kind kind)
    -> Node {
  return {.operation = operation,
          .site = {},
          .shape = shape,
          .value = value,
          .gradient = nullptr,
          .rule = nullptr,
          .capture = nullptr,
          .notes = nullptr,
          .version = 0,
          .untouched = 0,
          .offset = 0,
          .last_view = 0,
          .root = 0,
          .outputs = 1,
          .readers = 2,
          .rule_bytes = 0,
          .holds = 0,
          .kind = kind,
          .needs_gradient = needs_gradient,
          .keeps_gradient = false,
          .value_gone = false,
          .gradient_gone = false,
          .lent = false,
          .made = false,
          .settles = false,
          .outer = false};
}

/// A node for a part of another: without numbers, a gradient or a rule of its own yet.
template <class Scalar>
auto Tape<Scalar>::view_of(Variable<Scalar> of, const char* operation, const Shape& shape, Kind kind) const -> Node {
  Node part = new_node(operation, shape, nullptr, of.needs_gradient(), kind);
  part.root = of.index_;
  return part;
}

template <class Scalar>
Variable<Scalar> Tape<Scalar>::view(const char* operation, Variable<Scalar> of, std::size_t offset, const Shape& shape,
                                    CallSite site) {
  const CalledFrom caller(*this, site);
  expect_recording(operation);
  const Node& whole = node(of);
  expect_within(operation, whole.shape, offset, shape);
  value_of(node(of));  // columns are copied first: the numbers of a view are contiguous
  Node part = view_of(of, operation, shape, Kind::view);
  if (whole.kind == Kind::view) part.root = whole.root;
  part.offset = offset + (whole.kind == Kind::view ? whole.offset : 0);
  part.value = nodes_[part.root].value + part.offset;
  const Variable<Scalar> result = push(part);
  nodes_[part.root].last_view = result.index_;
  return result;
}

template <class Scalar>
Variable<Scalar> Tape<Scalar>::columns(const char* operation, Variable<Scalar> of, std::size_t first, std::size_t count,
                                       CallSite site) {
  const CalledFrom caller(*this, site);
  expect_recording(operation);
  if (of.shape().rank() == 0 || first > of.shape().back() || count > of.shape().back() - first)
    throw ShapeError(fmt::format("{}: {} from {} on asked of {}, which does not have them all", operation,
                                 counted(count, "column"), first, to_string(of.shape())));
  value_of(node(of));
  Node part = view_of(of, operation, of.shape().with(of.shape().rank() - 1, count), Kind::columns);
  part.offset = first;
  const Variable<Scalar> result = push(part);
  // Runs when an op that does not go by rows has given this node a gradient of its own.
  result.on_backward([of, result, first] {
    const std::size_t width = of.shape().back(), columns = result.shape().back();
    const Scalar* const own = result.upstream();
    Scalar* const sum = of.mutable_gradient() + first;
    for (std::size_t i = 0; i < result.shape().size(); ++i) sum[i / columns * width + i % columns] += own[i];
  });
  return result;
}

template <class Scalar>
Variable<Scalar> Tape<Scalar>::push(const Node& node) {
  if (nodes_.size() == std::numeric_limits<std::uint32_t>::max())
    throw TapeError("tape: more than 2^32 nodes (was clear() forgotten between training steps?)");
  nodes_.push_back(node);
  nodes_.back().site = called_from_;
  return {this, static_cast<std::uint32_t>(nodes_.size() - 1), generation_};
}

template <class Scalar>
void Tape<Scalar>::expect_recording(const char* operation) const {
  if (swept_)
    throw TapeError(fmt::format("{}: recorded after backward (clear() the tape before the next step)", operation));
  if (sealed_)
    throw TapeError(
        fmt::format("{}: recorded after forget_gradients or read_from, which only a sweep may follow (clear() the tape "
                    "before the next step)",
                    operation));
}

template <class Scalar>
void Tape<Scalar>::expect_no_sweep(const char* operation) const {
  if (sweeping_)
    throw TapeError(fmt::format(
        "{}: called by a backward rule while the tape is being swept, which still needs what is on it (call it after "
        "backward)",
        operation));
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
    return detail::allocated_for(node.operation, node.shape, [&] {
      return static_cast<Scalar*>(arena_beside(node).allocate(bytes_of<Scalar>(node.shape.size())));
    });
  };
  if (node.kind == Kind::lazy) {
    const Recipe recipe = *find_note<Recipe>({this, index_of(node), generation_});
    node.value = new_value();
    recipe.compute(recipe.capture, node.value);
  } else if (node.kind == Kind::columns) {  // other nodes without a value may be empty tensors
    const auto source = Variable<Scalar>{this, index_of(node), generation_}.value_rows();
    const std::size_t columns = node.shape.back();
    node.value = new_value();
    for (std::size_t row = 0; columns > 0 && row < node.shape.size() / columns; ++row)
      std::copy_n(source.row(row), columns, node.value + row * columns);
  } else if (node.value_gone) {
    throw TapeError(fmt::format(
        "value: the tape has not kept that of '{}'; no rule read it again, and the tape has reused its memory for its "
        "gradient (copy it into a Tensor before backward)",
        node.operation));
  }
  return node.value;
}

template <class Scalar>
void Tape<Scalar>::clear() {
  expect_no_sweep("clear");
  if (records_gradients() || holds_outdated_) {
    leaves_.clear();
    beside_parameters_.reset();
    holds_outdated_ = false;
  }
  unrecord_leaves(0);
  generation_ = version_number();
  swept_ = sealed_ = remembered_ = false;
  nodes_.clear();
  scope_log_.clear();
  constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
  if (expected_steps_ > 0) most_steps_ = expected_steps_ <= most / 4 ? 4 * expected_steps_ : most;
  marked_ = 0;
  gradients_.forget();
  arena_.reset();
  beside_marked_.reset();
  for (std::size_t i = 0; i < nested_in_use_; ++i) nested_[i]->clear();
  nested_in_use_ = 0;
}

/// Leaves recorded at node `first` or later are recorded anew at their next use, with the notes that they have.
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
  scope_log_.forget_from(mark.nodes);
  nodes_.erase(nodes_.begin() + static_cast<std::ptrdiff_t>(mark.nodes), nodes_.end());
  for (; nested_in_use_ > mark.nested; --nested_in_use_) nested_[nested_in_use_ - 1]->clear();
  arena_.go_back(mark.memory);
}

template <class Scalar>
bool Tape<Scalar>::uses(const Parameter<Scalar>& parameter) const {
  return find_leaf(parameter) != nullptr;
}

template class Tape<float>;
template class Tape<double>;
template class Tape<DualNumber>;

}  // namespace unroll::inline v0
