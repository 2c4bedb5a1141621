#include "support/catch.hpp"
#include <unroll/ops/operands/operand_rows.hpp>
#include <unroll/ops/rows.hpp>
#include <unroll/ops/shaping.hpp>

#include <algorithm>
#include <array>

using namespace unroll;

namespace {

/// A plain operand, rows of a table and a repeated row, all [2, 3].
struct Operands {
  Tape<double> tape;
  Variable<double> plain = tape.input(Tensor<double>({2, 3}, {1, 2, 3, 4, 5, 6}));
  Variable<double> table = tape.input(Tensor<double>({2, 3}, {7, 8, 9, 10, 11, 12}));
  Variable<double> row = tape.input(Tensor<double>({1, 3}, {13, 14, 15}));

  std::array<Variable<double>, 3> all() {
    return {plain, rows(table, Tensor<int>({2}, {1, 0})), broadcast(row, {2, 3})};
  }
};

}  // namespace

TEST_CASE("a map finds the numbers of its operands where they are, and makes none", "[operands]") {
  Operands given;
  const auto operands = given.all();
  const detail::Repetitions<double, 3> repeated(operands);
  CHECK(repeated.any);
  CHECK(repeated[0] == nullptr);
  CHECK(repeated[1] == nullptr);
  REQUIRE(repeated[2] != nullptr);
  const auto bytes = given.tape.bytes();
  const auto values = detail::value_rows(operands, repeated);
  CHECK(values[0].data == given.plain.value().data());
  CHECK(values[1].row(0) == given.table.value().data() + 3);
  CHECK(values[1].row(1) == given.table.value().data());
  CHECK(values[2].data == given.row.value().data());
  CHECK(given.tape.bytes() == bytes);
}

TEST_CASE("operands of which none is repeated say so", "[operands]") {
  Operands given;
  const detail::Repetitions<double, 2> repeated(std::array{given.plain, given.table});
  CHECK_FALSE(repeated.any);
}

TEST_CASE("gradients arrive at the operand, the table's rows and the repeated row, and nowhere that needs none",
          "[operands]") {
  Operands given;
  const auto inner = given.all();
  const std::array<Variable<double>, 4> operands{inner[0], inner[1], inner[2],
                                                 given.tape.constant(Tensor<double>({2, 3}))};
  const auto y = given.tape.record("probe", {2, 3}, operands);
  std::fill_n(y.writable(), 6, 0.0);
  y.on_backward([operands, y] {
    const detail::Repetitions<double, 4> repeated(operands);
    const auto gradients = detail::gradient_rows(operands, repeated, detail::value_rows(operands, repeated));
    CHECK(gradients[3].data == nullptr);
    for (std::size_t i = 0; i < 3; ++i) {
      for (std::size_t row = 0; row < 2; ++row) {
        double& to = gradients[0].row(row)[i];
        to = (gradients[0].unwritten ? 0 : to) + y.upstream()[row * 3 + i];
        gradients[1].row(row)[i] += y.upstream()[row * 3 + i];
        gradients[2].data[i] += y.upstream()[row * 3 + i];
      }
    }
  });
  given.tape.backward({{y, Tensor<double>({2, 3}, {1, 2, 3, 4, 5, 6})}});
  CHECK(Tensor<double>(given.plain.gradient()) == Tensor<double>({2, 3}, {1, 2, 3, 4, 5, 6}));
  CHECK(Tensor<double>(given.table.gradient()) == Tensor<double>({2, 3}, {4, 5, 6, 1, 2, 3}));
  CHECK(Tensor<double>(given.row.gradient()) == Tensor<double>({1, 3}, {5, 7, 9}));
}
