#include <unroll/framework/tape/tape.hpp>
#include <unroll/ops/products/weight_product.hpp>

#include <new>
#include <utility>

/// Packing of a weight. A recurrent weight takes part in a product at each of T steps, and the kernel is fastest when
/// the weight lies in panels (product_kernel.hpp). Making the panels costs a pass over the weight: the first product
/// with a weight does not know whether a second one follows, so it multiplies without keeping anything
/// (product_as_packed); the second product packs, and every later one reads the panels. A weight that is used once,
/// such as an output layer's, therefore leaves no copy on the tape. Both ways add in the same order, so that the first
/// step has the same bits as the others. The panels are a note of the weight's node in the outermost tape: segments
/// that checkpoints run on nested tapes find them there. Forward multiplies by weightᵀ and backward by weight (`matmul`
/// the other way round), so a weight has a note for each orientation. When backward packs, forward is over, and the
/// panels take the memory of the forward ones, unless a nested tape still runs steps forward.
///
/// Gathering of a weight's gradient. The T rules of a recurrent weight each have a term leftᵀ · right with as few rows
/// as the batch has sequences; adding it at once would read and write the whole gradient T times for little
/// arithmetic. Their sum is one product over the rows of all steps. So each rule only appends its term, two pointers,
/// to a list beside the weight, and the list becomes one product when it has Tape::gathered_rows rows, or when the
/// sweep reaches the weight, before the gradient is passed on. Until then each term holds the gradient of its product,
/// which the sweep would otherwise recycle. A larger gathered_rows makes fewer products, and holds more gradients.
namespace unroll::inline v0 {

namespace {

/// The note of a weight in one orientation. `used`: there has been a product, and the next one packs.
/// `used_on_the_way_back`: the sweep reads these panels, so the other orientation must not take their memory.
/// `of_the_sweep`: the sweep began this note.
template <class Scalar, Orientation orientation>
struct PackedWeight {
  bool used = false, used_on_the_way_back = false, of_the_sweep = false;
  PackedMatrix<Scalar> packed{};
  std::span<Scalar> memory{};  // none: not packed yet
};

/// Memory for the panels: in the sweep that of the forward panels, if the sizes agree and no nested tape runs steps
/// forward again (`replayed`); else new memory, which stays as long as the notes of the weight.
template <Orientation orientation, class Scalar>
std::span<Scalar> memory_for(const Matrix<Scalar>& right, Variable<Scalar> weight, bool replayed) {
  constexpr Orientation other_orientation =
      orientation == Orientation::as_stored ? Orientation::transposed : Orientation::as_stored;
  Tape<Scalar>& tape = weight.tape();
  auto* const other = tape.template find_note<PackedWeight<Scalar, other_orientation>>(weight);
  const bool free = other != nullptr && !other->used_on_the_way_back && !replayed;
  if (tape.is_swept() && free && other->memory.size() == packed_size(right)) return std::exchange(other->memory, {});
  return tape.template scratch_beside<Scalar>(weight, packed_size(right));
}

template <Orientation orientation, class Scalar>
void multiply(const Matrix<Scalar>& left, Variable<Scalar> operand, Scalar* result, Write write) {
  const Variable<Scalar> weight = operand.origin();
  Tape<Scalar>& tape = weight.tape();
  const Shape shape = weight.shape();
  const Matrix<Scalar> right{weight.value().data(), shape[0], shape[1], orientation == Orientation::transposed};
  const bool for_good = !tape.records_gradients() && tape.version_of(weight) != 0;
  const std::size_t rows = left.transposed ? left.columns : left.rows;
  if (!packing_pays({.rows = rows, .transposed = right.transposed, .for_good = for_good}))
    return product(left, right, result, write);

  const bool known = tape.template find_note<PackedWeight<Scalar, orientation>>(weight) != nullptr;
  auto& note = tape.template note<PackedWeight<Scalar, orientation>>(weight);
  if (!known) note.of_the_sweep = tape.is_swept();
  note.used_on_the_way_back |= tape.is_swept();
  // The first product: of a weight used once, packing would leave a copy that no product reads again.
  if (!std::exchange(note.used, true)) return product_as_packed(left, right, result, write);
  if (note.memory.empty()) {
    // A repeatable tape takes back with the gradients what the sweep has allocated: this note, which is older than
    // the sweep, would be left pointing there.
    if (tape.is_swept() && tape.is_repeatable() && !note.of_the_sweep)
      return product_as_packed(left, right, result, write);
    note.memory = memory_for<orientation>(right, weight, !weight.is(operand));
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

/// The terms of a weight that wait, in the order in which the sweep met their products.
template <class Scalar>
struct Gathered {
  Term<Scalar>*first = nullptr, *last = nullptr;
  std::size_t rows = 0;
};

template <class Scalar>
void add_together(Variable<Scalar> weight, const Gathered<Scalar>& gathered) {
  const Shape shape = weight.shape();
  const auto [gradient, unwritten] = weight.gradient_sink();
  const Write write = add_if(!unwritten);
  if (gathered.first == gathered.last) {
    const auto& [left, right, rows] = gathered.first->gradient;
    return product<Scalar>({.data = left, .rows = rows, .columns = shape[0], .transposed = true},
                           {right, rows, shape[1]}, gradient, write);
  }
  if (shape.size() == 0) return;  // rows without numbers may be too many to point to
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
    weight.complete_gradient_with([weight] { settle(weight); });
  auto& waiting = tape.template note<Gathered<Scalar>>(weight);
  auto* const term = new (tape.template scratch<Term<Scalar>>(1).data()) Term<Scalar>{gradient, product, nullptr};
  (waiting.first == nullptr ? waiting.first : waiting.last->next) = term;
  waiting.last = term;
  waiting.rows += gradient.rows;
  product.hold_gradient();
  // A checked tape settles at once, so that it names this op when the gradient is not finite.
  if (waiting.rows >= tape.gathered_rows() || tape.is_checked()) settle(weight);
}

template <class Scalar>
void weight_product(const Matrix<Scalar>& left, Variable<Scalar> weight, Orientation orientation, Scalar* result,
                    Write write) {
  if (orientation == Orientation::transposed)
    multiply<Orientation::transposed>(left, weight, result, write);
  else
    multiply<Orientation::as_stored>(left, weight, result, write);
}

template void gather_gradient(Variable<float>, const WeightGradient<float>&, Variable<float>);
template void gather_gradient(Variable<double>, const WeightGradient<double>&, Variable<double>);
template void gather_gradient(Variable<DualNumber>, const WeightGradient<DualNumber>&, Variable<DualNumber>);
template void weight_product(const Matrix<float>&, Variable<float>, Orientation, float*, Write);
template void weight_product(const Matrix<double>&, Variable<double>, Orientation, double*, Write);
template void weight_product(const Matrix<DualNumber>&, Variable<DualNumber>, Orientation, DualNumber*, Write);

}  // namespace unroll::inline v0
