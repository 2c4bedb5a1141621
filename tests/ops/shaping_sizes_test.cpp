#include "support/op_sizes.hpp"

using namespace unroll;
using namespace unroll::testing;

namespace {

std::vector<SizeUse> shapes() {
  const auto three = [](Size n) { return shape(n, 3, 0); };
  return {
      op("reshape", "x.xxxx", line, [](auto& tape, Size n) { return reshape(make(tape, 1), {n}); }),
      op("reshape beside 0", "......", beside_0,
         [](auto& tape, Size n) {
           return reshape(make(tape, 0, 3), {n, 0});
         }),
      op("transpose", "......", before_0, [](auto& tape, Size n) { return transpose(make(tape, n, 0)); }),
      op("transpose back", "......", beside_0, [](auto& tape, Size n) { return transpose(make(tape, 0, n)); }),
      op("transpose of three", ".....x", three,
         [=](auto& tape, Size n) { return transpose(make(tape, 3, n, 0), 0, 1); }),
      op("transpose, axis", "..xxx.", always(2, 2),
         [](auto& tape, Size n) { return transpose(make(tape, 2, 2), as_axis(n), 0); }),
      op("slice, first", "..xxxx", always(0, 2), [](auto& tape, Size n) { return slice(make(tape, 1, 2), 0, n, 0); }),
      op(
          "slice, count", "..xxxx", [](Size n) { return shape(n, 2); },
          [](auto& tape, Size n) { return slice(make(tape, 1, 2), 0, 0, n); }),
      op("slice of columns, first", "..xxxx", always(2, 0),
         [](auto& tape, Size n) { return slice(make(tape, 2, 1), 1, n, 0); }),
      op(
          "slice of columns, count", "..xxxx", [](Size n) { return shape(2, n); },
          [](auto& tape, Size n) { return slice(make(tape, 2, 1), 1, 0, n); }),
      op("slice, axis", "..xxx.", always(2, 2, 2),
         [](auto& tape, Size n) { return slice(make(tape, 2, 2, 2), as_axis(n), 0, 2); }),
      op("slice of columns beside 0", "......", beside_0,
         [](auto& tape, Size n) { return slice(make(tape, n, 0), 1, 0, 0); }),
      op("slice of the middle", "....xx", three,
         [](auto& tape, Size n) { return slice(make(tape, n, 4, 0), 1, 1, 3); }),
      op("at_step", ".xxxxx", always(2), [](auto& tape, Size n) { return at_step(make(tape, 1, 2), n); }),
      op("at_step, the last", "x.....", always(0), [](auto& tape, Size n) { return at_step(make(tape, n, 0), n - 1); }),
      op("split, parts", "x.xxxx", always(1, 2), [](auto& tape, Size n) { return split(make(tape, 1, 2), 0, n)[0]; }),
      op("split of nothing, parts", "x.xxxx", always(0, 2),
         [](auto& tape, Size n) { return split(make(tape, 0, 2), 0, n).at(n - 1); }),
      op("split, axis", "..xxx.", always(2, 2),
         [](auto& tape, Size n) { return split(make(tape, 2, 2), as_axis(n), 1)[0]; }),
      op("split, sizes", "x.xxxx", line,
         [](auto& tape, Size n) {
           return split(make(tape, 2), 0, {n, 1})[0];
         }),
      op("split, sizes that wrap", "xxxxxx", line,
         [](auto& tape, Size n) {
           return split(make(tape, 1), 0, {n, 2})[0];
         }),
      op("split in four", "......", beside_0, [](auto& tape, Size n) { return split<4>(make(tape, n, 0))[3]; }),
      op("reverse", "......", beside_0, [](auto& tape, Size n) { return reverse(make(tape, n, 0), 0); }),
      op("reverse of rows", "......", beside_0, [](auto& tape, Size n) { return reverse(make(tape, n, 0), 1); }),
      op("reverse, axis", "..xxx.", always(2, 2),
         [](auto& tape, Size n) { return reverse(make(tape, 2, 2), as_axis(n)); }),
      op("broadcast", "..mmxx", line, [](auto& tape, Size n) { return broadcast(make(tape, 1), {n}); }),
      op("broadcast beside 0", "......", beside_0,
         [](auto& tape, Size n) {
           return broadcast(make(tape, 1, 0), {n, 0});
         }),
      op(
          "concat", ".....x", [](Size n) { return shape(n + 1, 0); },
          [](auto& tape, Size n) {
            return concat({make(tape, n, 0), make(tape, 1, 0)}, 0);
          }),
      op(
          "concat with itself", ".....x", [](Size n) { return shape(2 * n, 0); },
          [](auto& tape, Size n) {
            return concat({make(tape, n, 0), make(tape, n, 0)}, 0);
          }),
      op("concat of rows", "......", beside_0,
         [](auto& tape, Size n) {
           return concat({make(tape, n, 0), make(tape, n, 0)}, 1);
         }),
      op("concat, axis", "..xxx.", always(2, 2),
         [](auto& tape, Size n) { return concat({make(tape, 2, 2)}, as_axis(n)); }),
      op("stack", ".....x", three,
         [](auto& tape, Size n) {
           return stack({make(tape, n, 0), make(tape, n, 0), make(tape, n, 0)}, 1);
         }),
      op("stack, axis", "..xxx.", always(2, 2),
         [](auto& tape, Size n) {
           return reshape(stack({make(tape, 2, 2)}, as_axis(n)), {2, 2});
         }),
  };
}

}  // namespace

TEST_CASE("ops of shapes refuse a size that was computed wrong, or answer rightly", "[sizes][error]") {
  expect_outcomes(shapes());
}
