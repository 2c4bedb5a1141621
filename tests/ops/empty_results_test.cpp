#include "support/catch.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/ops.hpp>

#include <functional>
#include <limits>
#include <string>
#include <vector>

using namespace unroll;

namespace {

using Inputs = std::span<const Variable<double>>;

/// An op over inputs that hold numbers, or some of them do, whose result holds none.
struct Empty {
  std::string name;
  std::vector<Shape> shapes;
  std::function<Variable<double>(Inputs)> op;
};

std::vector<Empty> ops() {
  return {
      {"slice", {{3, 2}}, [](Inputs in) { return slice(in[0], 0, 1, 0); }},
      {"slice of columns", {{3, 2}}, [](Inputs in) { return slice(in[0], 1, 1, 0); }},
      {"take_rows",
       {{3, 2}},
       [](Inputs in) {
         return take_rows(in[0], {nullptr, {0}});
       }},
      {"take_rows, computed",
       {{3, 2}},
       [](Inputs in) {
         return take_rows(in[0] * 2.0, {nullptr, {0, 2}});
       }},
      {"gather",
       {{3, 2}},
       [](Inputs in) {
         return gather(in[0], Tensor<int>({3, 0}));
       }},
      {"broadcast",
       {{1, 3}},
       [](Inputs in) {
         return broadcast(in[0], {0, 3});
       }},
      {"broadcast of a column",
       {{3, 1}},
       [](Inputs in) {
         return broadcast(in[0], {3, 0});
       }},
      {"+ of a row",
       {{0, 3}, {1, 3}},
       [](Inputs in) {
         return in[0] + broadcast(in[1], {0, 3});
       }},
      {"add_bias", {{0, 3}, {3}}, [](Inputs in) { return add_bias(in[0], in[1]); }},
      {"linear of no rows", {{0, 2}, {3, 2}, {3}}, [](Inputs in) { return linear(in[0], in[1], in[2]); }},
      {"linear of no outputs", {{4, 2}, {0, 2}}, [](Inputs in) { return linear(in[0], in[1]); }},
      {"matmul of no columns", {{4, 2}, {2, 0}}, [](Inputs in) { return matmul(in[0], in[1]); }},
      {"matmul of no rows", {{0, 2}, {2, 3}}, [](Inputs in) { return matmul(in[0], in[1]); }},
      {"matmul of a batch, no rows", {{2, 0, 3}, {2, 3, 4}}, [](Inputs in) { return matmul(in[0], in[1]); }},
      {"matmul of a batch, no columns", {{2, 4, 3}, {2, 3, 0}}, [](Inputs in) { return matmul(in[0], in[1]); }},
      {"outer", {{2, 3}, {2, 0}}, [](Inputs in) { return outer(in[0], in[1]); }},
      {"layer_norm", {{0, 3}, {3}, {3}}, [](Inputs in) { return layer_norm(in[0], in[1], in[2]); }},
      {"concat",
       {{0, 2}, {0, 2}},
       [](Inputs in) {
         return concat({in[0], in[1]}, 0);
       }},
      {"weighted_sum_over_time of no width",
       {{3, 2, 0}, {3, 2}},
       [](Inputs in) { return weighted_sum_over_time(in[0], in[1]); }},
      {"weighted_sum_over_time of no sequence",
       {{3, 0, 2}, {3, 0}},
       [](Inputs in) { return weighted_sum_over_time(in[0], in[1]); }},
      {"existing_steps",
       {{3, 2, 2}},
       [](Inputs in) {
         static const std::vector<std::size_t> ended{0, 0};
         return existing_steps(in[0], ended);
       }},
  };
}

/// A tape whose memory holds NaN where nothing is written.
void spoil(Tape<double>& tape) {
  tape.input(Tensor<double>({1000}, std::numeric_limits<double>::quiet_NaN()));
  tape.clear();
}

}  // namespace

TEST_CASE("where a result holds no numbers the gradients of what it is made of are zeros", "[empty]") {
  for (const Empty& empty : ops()) {
    INFO(empty.name);
    Tape<double> tape;
    spoil(tape);
    std::vector<Variable<double>> inputs;
    for (const Shape& shape : empty.shapes) inputs.push_back(tape.input(Tensor<double>(shape, 1)));
    const auto result = empty.op(inputs);
    CHECK(result.shape().size() == 0);
    tape.backward({{result, Tensor<double>(result.shape()).view()}});
    for (const auto& input : inputs)
      for (const double number : input.gradient()) CHECK(number == 0);
  }
}
