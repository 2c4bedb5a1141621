#include <unroll/ops/kernels/row_kernels.hpp>
#include <unroll/ops/operands/repetition.hpp>

#include <algorithm>

namespace unroll::inline v0::detail {

namespace {

/// For a repetition number by number (after = 1). Cuts the numbers [first, first + count) of the node into stretches
/// that repeat one number, and calls visit(at, length, from) for each: the `length` numbers from `first + at` on are
/// number `from` of the repeated tensor.
void for_each_number(std::size_t repeats, std::size_t first, std::size_t count, auto&& visit) {
  if (count == 0) return;  // `repeats` may be 0
  std::size_t from = first / repeats, left = repeats - first % repeats;
  for (std::size_t at = 0; at < count; ++from, left = repeats) {
    const std::size_t length = std::min(left, count - at);
    visit(at, length, from);
    at += length;
  }
}

/// How many numbers are summed column by column at once: they stay in the nearest cache.
constexpr std::size_t summed_at_once = 2048;

/// For a repetition of rows of `after` numbers. Cuts the numbers [first, first + count) of the node into stretches that
/// repeat the same row, or a piece of one, and calls visit(at, times, length, from) for each: from `first + at` on,
/// `times` times the `length` numbers of the repeated tensor that begin at `from`.
void for_each_row(std::size_t repeats, std::size_t after, std::size_t first, std::size_t count, auto&& visit) {
  for (std::size_t at = 0; at < count;) {
    const std::size_t row = (first + at) / after, column = (first + at) % after;
    std::size_t whole = column == 0 ? std::min((count - at) / after, repeats - row % repeats) : 0;
    whole = std::min(whole, summed_at_once / after);
    const std::size_t times = std::max<std::size_t>(whole, 1), length = std::min(after - column, count - at);
    visit(at, times, length, row / repeats * after + column);
    at += times * length;
  }
}

/// to[time, i] = from[i]
template <class Scalar, class Vector = Lanes<Scalar>>
void write_rows(std::size_t times, std::size_t length, const Scalar* from, Scalar* to) {
  const auto write = [&](std::size_t i, std::size_t count) { std::copy_n(from + i, count, to + i); };
  for (std::size_t time = 0; time < times; ++time, to += length)
    for_each_register<Vector::count>(
        length, [&](std::size_t i) { write(i, Vector::count); }, write);
}
/// to[i] += Σ over times of from[time, i]
template <class Scalar, class Vector = Lanes<Scalar>>
void sum_repetitions(std::size_t times, std::size_t length, const Scalar* from, Scalar* to) {
  for_each_register<Vector::count>(
      length,
      [&](std::size_t i) {
        Vector sum = Vector::load(to + i);
        for (std::size_t time = 0; time < times; ++time) sum += Vector::load(from + time * length + i);
        sum.store(to + i);
      },
      [&](std::size_t i, std::size_t left) {
        for (std::size_t time = 0; time < times; ++time)
          GradientSink<Scalar>{to + i, false}.add(from + time * length + i, left);
      });
}

}  // namespace

template <class Scalar>
const Scalar* Repetition<Scalar>::numbers() const {
  static_cast<void>(of.tape().version_of(of));
  return of.value().data();
}

template <class Scalar>
void Repetition<Scalar>::write(std::size_t first, std::size_t count, const Scalar* numbers, Scalar* to) const {
  if (after == 1)
    for_each_number(repeats, first, count, [&](std::size_t at, std::size_t length, std::size_t from) {
      std::fill_n(to + at, length, numbers[from]);
    });
  else
    for_each_row(repeats, after, first, count,
                 [&](std::size_t at, std::size_t times, std::size_t length, std::size_t from) {
                   write_rows(times, length, numbers + from, to + at);
                 });
}

template <class Scalar>
void Repetition<Scalar>::add_gradient(std::size_t first, std::size_t count, const Scalar* arrived,
                                      Scalar* gradient) const {
  if (after == 1)
    for_each_number(repeats, first, count, [&](std::size_t at, std::size_t length, std::size_t from) {
      gradient[from] += static_cast<Scalar>(sum_of(length, arrived + at));
    });
  else
    for_each_row(repeats, after, first, count,
                 [&](std::size_t at, std::size_t times, std::size_t length, std::size_t from) {
                   sum_repetitions(times, length, arrived + at, gradient + from);
                 });
}

template <class Scalar>
Variable<Scalar> repeat(const char* operation, const Repetition<Scalar>& repetition, const Shape& shape) {
  Tape<Scalar>& tape = repetition.of.tape();
  const auto y = tape.record_lazily(operation, shape, {repetition.of}, [repetition, size = shape.size()](Scalar* to) {
    repetition.write(0, size, repetition.numbers(), to);
  });
  tape.template note<Repetition<Scalar>>(y) = repetition;
  y.on_backward([repetition, y] {
    repetition.add_gradient(0, y.shape().size(), y.upstream(), repetition.of.mutable_gradient());
  });
  return y;
}

#define UNROLL_INSTANTIATE(Scalar)    \
  template struct Repetition<Scalar>; \
  template Variable<Scalar> repeat(const char*, const Repetition<Scalar>&, const Shape&);
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)
UNROLL_INSTANTIATE(DualNumber)
#undef UNROLL_INSTANTIATE

}  // namespace unroll::inline v0::detail
