#include "support/catch.hpp"
#include "support/messages.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/ops/linear.hpp>
#include <unroll/ops/nested_piece.hpp>
#include <unroll/ops/operands/picked_rows.hpp>
#include <unroll/ops/rows.hpp>

using namespace unroll;
using Catch::Matchers::Contains;

TEST_CASE("a piece of a sequence is its steps where they are, and hands their gradient back", "[nested]") {
  Tape<double> tape;
  const auto sequence = tape.input(Tensor<double>({3, 1, 2}, {1, 2, 3, 4, 5, 6}));
  Tape<double>& nested = tape.nested(Recording::gradients);
  const auto piece = nested_piece(nested, sequence, 1, 2);
  CHECK(piece.shape() == Shape{2, 1, 2});
  CHECK(piece.value().data() == sequence.value().data() + 2);
  nested.backward({{piece, Tensor<double>({2, 1, 2}, {7, 8, 9, 10})}});
  tape.backward({{sequence, Tensor<double>({3, 1, 2})}});
  CHECK(Tensor<double>(sequence.gradient()) == Tensor<double>({3, 1, 2}, {0, 0, 7, 8, 9, 10}));
}

TEST_CASE("rows that were picked from a table are picked from it on the nested tape too", "[nested]") {
  Tape<double> tape;
  const auto table = tape.input(Tensor<double>({2, 2}, {1, 2, 3, 4}));
  const auto sequence = rows(table, Tensor<int>({3, 1}, {1, 0, 1}));
  CHECK(detail::repeat_a_table(sequence));
  CHECK_FALSE(detail::repeat_a_table(table));
  CHECK_FALSE(detail::repeat_a_table(rows(table, Tensor<int>({2, 1}, {1, 0}))));
  Tape<double>& nested = tape.nested(Recording::gradients);
  const auto piece = nested_piece(nested, sequence, 1, 2);
  CHECK(detail::picked_rows(piece) != nullptr);
  CHECK(Tensor<double>(piece.value()) == Tensor<double>({2, 1, 2}, {1, 2, 3, 4}));
  nested.backward({{piece, Tensor<double>({2, 1, 2}, {7, 8, 9, 10})}});
  tape.backward({{table, Tensor<double>({2, 2})}});
  CHECK(Tensor<double>(table.gradient()) == Tensor<double>({2, 2}, {7, 8, 9, 10}));
}

TEST_CASE("a piece needs steps that exist, and a tape that is nested in the sequence's", "[nested][error]") {
  Tape<double> tape, other;
  const auto sequence = tape.input(Tensor<double>({3, 1, 2}));
  Tape<double>& nested = tape.nested(Recording::gradients);
  CHECK_THAT(message_of<ShapeError>([&] { nested_piece(nested, sequence, 2, 2); }),
             Contains("nested_piece: steps 2 to 4 asked of a sequence of shape [3, 1, 2]"));
  CHECK_THROWS_AS(nested_piece(nested, sequence, static_cast<std::size_t>(-1), 2), ShapeError);
  CHECK_THROWS_AS(nested_piece(nested, tape.input(Tensor<double>(Shape{})), 0, 0), ShapeError);
  CHECK_THROWS_AS(nested_piece(other, sequence, 0, 1), TapeError);
}
