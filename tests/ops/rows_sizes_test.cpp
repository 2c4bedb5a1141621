#include "support/op_sizes.hpp"

using namespace unroll;
using namespace unroll::testing;

namespace {

std::vector<SizeUse> rows_and_places() {
  static const Tensor<int> first({1}, {0}), none_and_first({2}, {-1, 0});
  const auto pairs = [](Size n) { return shape(n, 0, 2); };
  return {
      op("rows, table", "x.....", always(1, 0), [](auto& tape, Size n) { return rows(make(tape, n, 0), first); }),
      op("rows, tokens", ".....x", pairs,
         [](auto& tape, Size n) {
           return rows(make(tape, 3, 2), Tensor<int>({n, 0}));
         }),
      op("linear of rows", "x....x", always(1, 3),
         [](auto& tape, Size n) { return linear(rows(make(tape, n, 0), first), make(tape, 3, 0)); }),
      op("repeated_row", ".xxxxx", always(1, 2),
         [](auto& tape, Size n) { return repeated_row(make(tape, 1, 2), n, 1); }),
      op("repeated_row of many", "..xxxx", always(1, 0),
         [](auto& tape, Size n) { return repeated_row(make(tape, Size{1} << 63, 0), n, 1); }),
      op(
          "repeated_row, count", "..mmxx", [](Size n) { return shape(n, 2); },
          [](auto& tape, Size n) { return repeated_row(make(tape, 1, 2), 0, n); }),
      op("take_rows", "x.....", always(2, 0),
         [](auto& tape, Size n) { return take_rows(make(tape, n, 0), none_and_first); }),
      op("gather", "......", always(0, 1),
         [](auto& tape, Size n) {
           return gather(make(tape, 0, n), Tensor<int>({0, 1}));
         }),
      op(
          "gather, indices", "......", [](Size n) { return shape(0, n); },
          [](auto& tape, Size n) {
            return gather(make(tape, 0, 1), Tensor<int>({0, n}));
          }),
      op("take_rows, indices", ".....x", pairs,
         [](auto& tape, Size n) {
           return take_rows(make(tape, 3, 2), Tensor<int>({n, 0}));
         }),
  };
}

}  // namespace

TEST_CASE("rows are picked and taken by sizes that exist", "[sizes][error]") { expect_outcomes(rows_and_places()); }
