#include <unroll/framework/tape.hpp>
#include <unroll/ops/weight_product.hpp>

#include <new>
#include <utility>

namespace unroll::inline v0 {

namespace {

/// What the tape keeps beside a weight; one of each, since forward and backward turn the weight differently.
template <class Scalar, Turn turn>
struct PackedWeight {
  bool used = false, used_on_the_way_back = false, of_the_sweep = false;
  PackedMatrix<Scalar> packed{};
  std::span<Scalar> memory{};  // none: not packed yet
};

/// On the way back, the memory of the layout that the way forward has used, if it is as large, and unless a nested tape
/// (`replayed`) goes forward again.
template <Turn turn, class Scalar>
std::span<Scalar> memory_for(const Matrix<Scalar>& right, Variable<Scalar> weight, bool replayed) {
  constexpr Turn other_turn = turn == Turn::none ? Turn::transposed : Turn::none;
  Tape<Scalar>& tape = weight.tape();
  auto* const other = tape.template find_note<PackedWeight<Scalar, other_turn>>(weight);
  const bool free = other != nullptr && !other->used_on_the_way_back && !replayed;
  if (tape.is_swept() && free && other->memory.size() == packed_size(right)) return std::exchange(other->memory, {});
  return tape.template scratch_beside<Scalar>(weight, packed_size(right));
}

template <Turn turn, class Scalar>
void multiply(const Matrix<Scalar>& left, Variable<Scalar> operand, Scalar* result, Write write) {
  const Variable<Scalar> weight = operand.origin();
  Tape<Scalar>& tape = weight.tape();
  const Shape shape = weight.shape();
  const Matrix<Scalar> right{weight.value().data(), shape[0], shape[1], turn == Turn::transposed};
  const bool for_good = !tape.records_gradients() && tape.version_of(weight) != 0;
  const std::size_t rows = left.transposed ? left.columns : left.rows;
  if (!packing_pays({.rows = rows, .transposed = right.transposed, .for_good = for_good}))
    return product(left, right, result, write);

  const bool known = tape.template find_note<PackedWeight<Scalar, turn>>(weight) != nullptr;
  auto& note = tape.template note<PackedWeight<Scalar, turn>>(weight);
  if (!known) note.of_the_sweep = tape.is_swept();
  note.used_on_the_way_back |= tape.is_swept();
  // A weight used once would fill the tape with a copy that nobody reads again.
  if (!std::exchange(note.used, true)) return product_as_packed(left, right, result, write);
  if (note.memory.empty()) {
    // The memory would be given back with the gradients, and this note, which is older than the sweep, point there.
    if (tape.is_swept() && tape.is_repeatable() && !note.of_the_sweep)
      return product_as_packed(left, right, result, write);
    note.memory = memory_for<turn>(right, weight, !weight.is(operand));
    note.packed = pack(right, note.memory.data());
  }
  product(left, note.packed, result, write);
}

template <class Scalar>
struct Term {
  WeightGradient<Scalar> gradient;
  Variable<Scalar> product;
  Term* next;
};

/// The terms of a weight that wait, in the order in which the sweep met them.
template <class Scalar>
struct Gathered {
  Term<Scalar>*first = nullptr, *last = nullptr;
  std::size_t rows = 0;
};

template <class Scalar>
void add_together(Variable<Scalar> weight, const Gathered<Scalar>& gathered) {
  const Shape shape = weight.shape();
  const auto [gradient, fresh] = weight.sink();
  const Write write = add_if(!fresh);
  if (gathered.first == gathered.last) {
    const auto& [left, right, rows] = gathered.first->gradient;
    return product<Scalar>({.data = left, .rows = rows, .columns = shape[0], .transposed = true},
                           {right, rows, shape[1]}, gradient, write);
  }
  if (shape.size() == 0) return;  // however many rows of nothing
  const auto pointers = weight.tape().template scratch<const Scalar*>(2 * gathered.rows);
  const auto left = pointers.first(gathered.rows), right = pointers.last(gathered.rows);
  std::size_t row = 0;
  for (const Term<Scalar>* term = gathered.first; term != nullptr; term = term->next)
    for (std::size_t i = 0; i < term->gradient.rows; ++i, ++row) {
      left[row] = term->gradient.left + i * shape[0];
      right[row] = term->gradient.right + i * shape[1];
    }
  product<Scalar>({left, right, shape[0], shape[1]}, gradient, write);
}

template <class Scalar>
void settle(Variable<Scalar> weight) {
  auto& waiting = weight.tape().template note<Gathered<Scalar>>(weight);
  const Gathered<Scalar> gathered = std::exchange(waiting, {});
  if (gathered.first == nullptr) return;
  add_together(weight, gathered);
  for (const Term<Scalar>* term = gathered.first; term != nullptr; term = term->next) term->product.release_gradient();
}

}  // namespace

template <class Scalar>
void gather_gradient(Variable<Scalar> weight, const WeightGradient<Scalar>& gradient, Variable<Scalar> product) {
  Tape<Scalar>& tape = weight.tape();
  if (tape.template find_note<Gathered<Scalar>>(weight) == nullptr)
    weight.before_passing_on([weight] { settle(weight); });
  auto& waiting = tape.template note<Gathered<Scalar>>(weight);
  auto* const term = new (tape.template scratch<Term<Scalar>>(1).data()) Term<Scalar>{gradient, product, nullptr};
  (waiting.first == nullptr ? waiting.first : waiting.last->next) = term;
  waiting.last = term;
  waiting.rows += gradient.rows;
  product.hold_gradient();
  if (waiting.rows >= tape.gathered_rows() || tape.is_checked()) settle(weight);  // checked: while this op is at hand
}

template <class Scalar>
void product_with(const Matrix<Scalar>& left, Variable<Scalar> weight, Turn turn, Scalar* result, Write write) {
  if (turn == Turn::transposed)
    multiply<Turn::transposed>(left, weight, result, write);
  else
    multiply<Turn::none>(left, weight, result, write);
}

template void gather_gradient(Variable<float>, const WeightGradient<float>&, Variable<float>);
template void gather_gradient(Variable<double>, const WeightGradient<double>&, Variable<double>);
template void gather_gradient(Variable<DualNumber>, const WeightGradient<DualNumber>&, Variable<DualNumber>);
template void product_with(const Matrix<float>&, Variable<float>, Turn, float*, Write);
template void product_with(const Matrix<double>&, Variable<double>, Turn, double*, Write);
template void product_with(const Matrix<DualNumber>&, Variable<DualNumber>, Turn, DualNumber*, Write);

}  // namespace unroll::inline v0
