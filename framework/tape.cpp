#include <unroll/framework/denormals.hpp>
#include <unroll/framework/error.hpp>
#include <unroll/framework/tape.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <limits>

namespace unroll::inline v0 {

namespace {
/// Different for every recording of every tape, so that a Variable is never taken for one of another tape that stands
/// where its own stood.
std::uint64_t next_generation() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}
}  // namespace

template <class Scalar>
Tape<Scalar>::Tape(Recording recording) : recording_(recording), generation_(next_generation()) {}

// ---- leaves --------------------------------------------------------------------------------------------------------

template <class Scalar>
Variable<Scalar> Tape<Scalar>::constant(TensorView<const Scalar> value) {
  expect_recording("constant");
  Scalar* const copy = numbers(value.size());
  std::copy(value.begin(), value.end(), copy);
  return push_leaf("constant", value.shape(), copy, false);
}

template <class Scalar>
Variable<Scalar> Tape<Scalar>::zeros(const Shape& shape) {
  expect_recording("zeros");
  Scalar* const value = numbers(shape.size());
  std::fill_n(value, shape.size(), Scalar{0});
  return push_leaf("zeros", shape, value, false);
}

template <class Scalar>
Variable<Scalar> Tape<Scalar>::input(TensorView<const Scalar> value) {
  expect_recording("input");
  Scalar* const copy = numbers(value.size());
  std::copy(value.begin(), value.end(), copy);
  return push_leaf("input", value.shape(), copy, records_gradients());
}

template <class Scalar>
Variable<Scalar> Tape<Scalar>::use(const Parameter<Scalar>& parameter) {
  const auto found = find_leaf(parameter);
  if (found != leaves_.end() && found->parameter == &parameter) {
    expect_unchanged("parameter", *found);
    return {this, found->index, generation_};
  }
  expect_recording("parameter");
  if (around_ != nullptr) {
    const auto leaf = push_borrowed("parameter", Kind::parameter, around_->use(parameter), 0, parameter.shape());
    leaves_.insert(found, {&parameter, leaf.index_, parameter.version()});
    return leaf;
  }
  // The tape never writes through a leaf's value: the cast only lets parameters and results share one kind of node.
  auto* const value = const_cast<Scalar*>(parameter.value().data());
  const auto leaf =
      push_leaf("parameter", parameter.shape(), value, records_gradients() && !parameter.frozen, Kind::parameter);
  leaves_.insert(found, {&parameter, leaf.index_, parameter.version()});
  return leaf;
}

template <class Scalar>
void Tape<Scalar>::expect_unchanged(const char* operation, const Leaf& leaf) const {
  if (leaf.parameter->version() == leaf.version && leaf.parameter->value().data() == nodes_[leaf.index].value) return;
  throw TapeError(fmt::format(
      "{}: a parameter of shape {} has changed since this tape first used it (clear() the tape after an update)",
      operation, to_string(nodes_[leaf.index].shape)));
}

template <class Scalar>
auto Tape<Scalar>::find_leaf(const Parameter<Scalar>& parameter) const -> typename std::vector<Leaf>::const_iterator {
  return std::lower_bound(leaves_.begin(), leaves_.end(), &parameter,
                          [](const Leaf& leaf, const auto* wanted) { return std::less<>{}(leaf.parameter, wanted); });
}

// ---- recording -----------------------------------------------------------------------------------------------------

template <class Scalar>
Variable<Scalar> Tape<Scalar>::record(const char* operation, const Shape& shape,
                                      std::span<const Variable<Scalar>> inputs) {
  expect_recording(operation);
  bool needs_gradient = false;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i] && inputs[i].tape_ != this)
      throw TapeError(
          fmt::format("{}: operand {} belongs to another tape (carry values between tapes as Tensors)", operation, i));
    needs_gradient |= inputs[i].needs_gradient();
  }
  return push({.operation = operation,
               .shape = shape,
               .value = numbers(shape.size()),
               .gradient = nullptr,
               .rule = nullptr,
               .capture = nullptr,
               .notes = nullptr,
               .offset = 0,
               .root = 0,
               .outputs = 1,
               .kind = Kind::plain,
               .needs_gradient = needs_gradient});
}

template <class Scalar>
Variable<Scalar> Tape<Scalar>::push_leaf(const char* operation, const Shape& shape, Scalar* value, bool needs_gradient,
                                         Kind kind) {
  return push({.operation = operation,
               .shape = shape,
               .value = value,
               .gradient = nullptr,
               .rule = nullptr,
               .capture = nullptr,
               .notes = nullptr,
               .offset = 0,
               .root = 0,
               .outputs = 1,
               .kind = kind,
               .needs_gradient = needs_gradient});
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
  viewed.kind = Kind::view;
  viewed.borrowed = false;
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
  cut.kind = Kind::columns;
  cut.borrowed = false;
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
auto Tape<Scalar>::node(Variable<Scalar> variable) const -> const Node& {
  if (variable.generation_ != generation_)
    throw TapeError(
        "variable: it is stale, its tape has been cleared or replaced since (keep what must survive a step as a "
        "Tensor)");
  return nodes_[variable.index_];
}

template <class Scalar>
Scalar* Tape<Scalar>::value_of(Node& node) {
  if (node.value == nullptr) {
    const Node& root = nodes_[node.root];
    const std::size_t columns = node.shape.back(), width = root.shape.back();
    node.value = numbers(node.shape.size());
    for (std::size_t row = 0; columns > 0 && row < node.shape.size() / columns; ++row)
      std::copy_n(root.value + node.offset + row * width, columns, node.value + row * columns);
  }
  return node.value;
}

template <class Scalar>
void Tape<Scalar>::clear() {
  generation_ = next_generation();
  swept_ = false;
  nodes_.clear();
  leaves_.clear();
  arena_.reset();
  for (std::size_t i = 0; i < nested_in_use_; ++i) nested_[i]->clear();
  nested_in_use_ = 0;
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
  for (const Leaf& leaf : leaves_) expect_unchanged("backward", leaf);
  swept_ = true;
}

template <class Scalar>
void Tape<Scalar>::sweep() {
  const FlushDenormals flush;
  for (std::size_t index = nodes_.size(); index-- > 0;) {
    const Node& node = nodes_[index];
    if (node.rule == nullptr) continue;
    bool arrived = false;
    for (std::size_t output = 0; output < node.outputs; ++output) arrived |= nodes_[index + output].gradient != nullptr;
    if (arrived) node.rule(node.capture);
  }
}

template <class Scalar>
Scalar* Tape<Scalar>::gradient_sum_of(Node& node) {
  if (node.kind == Kind::view) return gradient_sum_of(nodes_[node.root]) + node.offset;
  if (node.gradient == nullptr && node.borrowed) {
    node.gradient = around_->gradient_sum_of(around_->nodes_[node.root]) + node.offset;
  } else if (node.gradient == nullptr) {
    node.gradient = numbers(node.shape.size());
    std::fill_n(node.gradient, node.shape.size(), Scalar{0});
  }
  return node.gradient;
}

template <class Scalar>
TensorView<const Scalar> Tape<Scalar>::gradient_after_sweep(Node& node) {
  Node& root = nodes_[node.borrowed ? 0 : node.root];
  if (node.kind == Kind::view && root.kind == Kind::columns)
    return {gradient_after_sweep(root).data() + node.offset, node.shape};
  if (node.kind == Kind::columns) {  // whichever way it came, all of it is in what it was cut from by now
    const std::size_t columns = node.shape.back(), width = root.shape.back();
    const Scalar* const source = gradient_after_sweep(root).data() + node.offset;
    Scalar* const copy = numbers(node.shape.size());
    for (std::size_t i = 0; i < node.shape.size(); ++i) copy[i] = source[i / columns * width + i % columns];
    return {copy, node.shape};
  }
  return {gradient_sum_of(node), node.shape};
}

template <class Scalar>
const Scalar* Tape<Scalar>::gradient_of(const Parameter<Scalar>& parameter) const {
  if (!swept_) throw TapeError("gradient_of: asked before backward");
  const auto found = find_leaf(parameter);
  return found != leaves_.end() && found->parameter == &parameter ? nodes_[found->index].gradient : nullptr;
}

template <class Scalar>
bool Tape<Scalar>::uses(const Parameter<Scalar>& parameter) const {
  const auto found = find_leaf(parameter);
  return found != leaves_.end() && found->parameter == &parameter;
}

template <class Scalar>
void add_gradients(const Tape<Scalar>& tape, const Parameters<std::type_identity_t<Scalar>>& parameters) {
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
  loss.tape().backward(loss);
  add_gradients(tape, parameters);
}

template class Tape<float>;
template class Tape<double>;
template void add_gradients(const Tape<float>&, const Parameters<float>&);
template void add_gradients(const Tape<double>&, const Parameters<double>&);
template void backward(Variable<float>, const Parameters<float>&);
template void backward(Variable<double>, const Parameters<double>&);

}  // namespace unroll::inline v0
