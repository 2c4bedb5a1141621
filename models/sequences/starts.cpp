#include <unroll/framework/errors/error.hpp>
#include <unroll/models/sequences/starts.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace unroll::inline v0::detail {

void expect_starts(const Shape& inputs, const Shape& marks) {
  if (marks.rank() == 2 && marks[0] == inputs[0] && marks[1] == inputs[1]) return;
  const bool turned = marks.rank() == 2 && marks[0] == inputs[1] && marks[1] == inputs[0];
  throw ShapeError(fmt::format(
      "run: starts of shape {} given, expected [T={}, N={}], a mark for each step of each sequence of {} ({})",
      to_string(marks), inputs[0], inputs[1], describe(inputs, "TND"),
      turned ? "are they batch-major? transpose them" : "are they of another window or batch?"));
}

void refuse_starts() {
  throw ArgumentError(
      "run: starts given for a layer that does not take them (give it run(batch, state, begin, starts) const, which "
      "begins rows of its state anew where starts.at(t) says so; starts.hpp shows it)");
}

namespace {

bool is_start(TensorView<const int> marks, std::size_t t, std::size_t n) {
  const int mark = marks[t * marks.shape()[1] + n];
  if (mark != 0 && mark != 1)
    throw ArgumentError(
        fmt::format("run: starts[{}, {}] is {}, expected 1 where sequence {} begins anew with step {}, and 0 elsewhere "
                    "(are they lengths or tokens?)",
                    t, n, mark, n, t));
  return mark == 1;
}

/// Calls visit(row) for the rows of the state that begin anew at step t.
void for_each_start(TensorView<const int> marks, const RaggedRows* ragged, std::size_t t, auto&& visit) {
  const std::size_t rows = ragged == nullptr ? marks.shape()[1] : ragged->running(t);
  for (std::size_t row = 0; row < rows; ++row)
    if (is_start(marks, t, ragged == nullptr ? row : static_cast<std::size_t>(ragged->order[row]))) visit(row);
}

}  // namespace

template <class Scalar>
Starts make_starts(Tape<Scalar>& tape, TensorView<const int> marks, const RaggedRows* ragged) {
  if (marks.size() == 0) return {};
  expect_countable("run", std::max<std::size_t>(2, marks.shape()[0]), marks.shape()[1]);  // restarts.hpp counts to 2 N
  const std::size_t steps = ragged == nullptr ? marks.shape()[0] : ragged->steps;
  const auto first = tape.template scratch<std::size_t>(steps + 1);
  std::size_t count = 0;
  for (std::size_t t = 0; t < steps; ++t) {
    first[t] = count;
    for_each_start(marks, ragged, t, [&](std::size_t) { ++count; });
  }
  first[steps] = count;
  const auto rows = tape.template scratch<int>(count);
  auto next = rows.begin();
  for (std::size_t t = 0; t < steps; ++t)
    for_each_start(marks, ragged, t, [&](std::size_t row) { *next++ = static_cast<int>(row); });
  return {first, rows};
}

template Starts make_starts(Tape<float>&, TensorView<const int>, const RaggedRows*);
template Starts make_starts(Tape<double>&, TensorView<const int>, const RaggedRows*);
template Starts make_starts(Tape<DualNumber>&, TensorView<const int>, const RaggedRows*);

}  // namespace unroll::inline v0::detail
