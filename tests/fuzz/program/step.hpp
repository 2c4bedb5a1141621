#pragma once

#include "array.hpp"
#include <unroll/framework/tape/tape.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace fuzzing {

struct OpKind;

/// One op of a program, with its operands (numbers of earlier nodes) and what else it takes. What each of the fields
/// means, the op knows.
struct Step {
  const OpKind* op = nullptr;
  std::vector<std::size_t> of;
  std::ptrdiff_t axis = 0;
  std::vector<std::size_t> sizes;
  std::vector<std::size_t> lengths;
  std::vector<int> indices;
  double number = 0;
  bool flag = false;
  std::uint64_t seed = 0;
  std::size_t results = 1;
};

/// Where a leaf's numbers come from.
enum class Leaf { input, parameter, constant };

/// The choices of one program, made of bytes. When they have run out every choice is 0.
class Choices {
 public:
  explicit Choices(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  bool exhausted() const { return next_ >= bytes_.size(); }
  std::size_t below(std::size_t count) { return count == 0 ? 0 : byte() % count; }
  bool one_in(std::size_t count) { return below(count) == count - 1; }
  std::uint8_t byte() { return exhausted() ? std::uint8_t{0} : bytes_[next_++]; }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t next_ = 0;
};

/// What an op chooses its operands from: the nodes so far, and leaves that are made when none fits.
class Workbench {
 public:
  virtual ~Workbench() = default;
  virtual Choices& choices() = 0;
  virtual const Array& array(std::size_t node) const = 0;
  const Extents& shape(std::size_t node) const { return array(node).shape; }
  /// Any node, recent ones more often.
  virtual std::size_t any() = 0;
  /// One that fits, if there is one.
  virtual std::optional<std::size_t> any_with(const std::function<bool(const Extents&)>& fits) = 0;
  /// A node of this shape: one that is there, or a new leaf.
  virtual std::size_t of_shape(const Extents& shape) = 0;
  /// A size for a new axis.
  virtual std::size_t extent() = 0;
  /// An axis of a shape of at least one, counted from either end.
  std::ptrdiff_t axis_of(const Extents& shape) {
    const auto rank = static_cast<std::ptrdiff_t>(shape.size());
    const auto axis = static_cast<std::ptrdiff_t>(choices().below(shape.size()));
    return choices().one_in(2) ? axis - rank : axis;
  }
  /// None, or one for each of N sequences of T steps.
  std::vector<std::size_t> lengths(std::size_t steps, std::size_t batch) {
    std::vector<std::size_t> result;
    if (choices().one_in(4)) return result;
    for (std::size_t n = 0; n < batch; ++n) result.push_back(choices().below(steps + 1));
    return result;
  }
};

/// An axis counted from the front.
inline std::size_t from_front(const Extents& shape, std::ptrdiff_t axis) {
  return static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::ptrdiff_t>(shape.size()) : axis);
}

template <class Scalar>
using Nodes = std::vector<unroll::Variable<Scalar>>;
using Operands = std::vector<const Array*>;
using Arrays = std::vector<Array>;

/// An op, three times: how its operands are chosen, what it is on paper, and how the library is asked.
struct OpKind {
  template <class Scalar>
  using OnTape = std::function<Nodes<Scalar>(const Step&, const Nodes<Scalar>&)>;

  std::string name;
  std::function<bool(Workbench&, Step&)> choose;  // false if nothing fits
  std::function<Arrays(const Step&, const Operands&)> on_paper;
  OnTape<float> on_floats;
  OnTape<double> on_doubles;
  OnTape<unroll::DualNumber> on_duals;
  /// Whether its gradient is its own, and can be kept: not that of what it was cut from.
  bool owns_gradient = true;
  /// How many times more than others it may lose to rounding.
  double rounding = 1;
};

template <class Result>
auto as_nodes(const Result& result) {
  if constexpr (requires { result.item(); })
    return std::vector<Result>{result};
  else
    return std::vector<typename Result::value_type>(result.begin(), result.end());
}

/// `on_paper(step, operands)` returns an Array or Arrays, `on_tape(step, nodes)` a Variable or several.
template <class OnPaper, class OnTape>
OpKind op_kind(std::string name, std::function<bool(Workbench&, Step&)> choose, OnPaper on_paper, OnTape on_tape) {
  const auto record = [on_tape](const Step& step, const auto& nodes) { return as_nodes(on_tape(step, nodes)); };
  const auto evaluate = [on_paper](const Step& step, const Operands& operands) {
    if constexpr (std::is_same_v<std::invoke_result_t<OnPaper, const Step&, const Operands&>, Array>)
      return Arrays{on_paper(step, operands)};
    else
      return on_paper(step, operands);
  };
  return {std::move(name), std::move(choose), evaluate, record, record, record};
}
template <class OnPaper, class OnTape>
OpKind view_kind(std::string name, std::function<bool(Workbench&, Step&)> choose, OnPaper on_paper, OnTape on_tape) {
  OpKind kind = op_kind(std::move(name), std::move(choose), on_paper, on_tape);
  kind.owns_gradient = false;
  return kind;
}

/// The library's shape for these extents.
inline unroll::Shape to_shape(const Extents& extents) { return unroll::Shape(std::span<const std::size_t>(extents)); }

std::vector<OpKind> elementwise_kinds();
std::vector<OpKind> product_kinds();
std::vector<OpKind> shaping_kinds();
std::vector<OpKind> row_kinds();
std::vector<OpKind> reduction_kinds();
std::vector<OpKind> time_kinds();
std::vector<OpKind> loss_kinds();
std::vector<OpKind> recurrent_kinds();
/// All of the above.
const std::vector<OpKind>& every_kind();

}  // namespace fuzzing
