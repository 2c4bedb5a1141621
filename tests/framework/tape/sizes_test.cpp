#include "support/sizes.hpp"

#include <unroll/framework/diagnostics/gradient_check.hpp>
#include <unroll/framework/files/safetensors_header.hpp>
#include <unroll/framework/memory/free_lists.hpp>
#include <unroll/framework/optimizers/schedule.hpp>
#include <unroll/framework/tape/scope.hpp>
#include <unroll/framework/tape/tape_summary.hpp>
#include <unroll/framework/tensor/initializer.hpp>
#include <unroll/framework/threads/team.hpp>
#include <unroll/ops.hpp>

#include <fmt/format.h>

// Every public function of the framework that takes a size: a count, an extent of a Shape, an index, an offset, a step.
// The list was made by going through all headers of the folder for parameters, members of options and of structs that
// are handed in, of the types std::size_t, std::uint64_t, std::ptrdiff_t and Shape. Left out are
// - what says that it does not check: operator[] of tensors;
// - what is handed the memory that its sizes are of, and trusts them: TensorView, Tape::borrow, FreeLists::give,
//   OptimizerStep::part, and the rows and sinks of gradients;
// - a ScopeLog's nodes, a Mark's memory and an Arena's Position, which are given back as they were got;
// - what has its own test of counts in a file (safetensors_header_test.cpp) or in a list (an optimizer's parameters).

using namespace unroll;
using namespace unroll::testing;

namespace {

using Size = std::size_t;

const Random random_numbers(1);

bool is_shape(const Shape& shape, std::initializer_list<Size> extents) { return shape == Shape(extents); }

/// Whether a tensor has these extents and, when it is small, numbers that can be read.
template <class Scalar>
bool is_tensor(const Tensor<Scalar>& tensor, const Shape& shape) {
  return tensor.shape() == shape && tensor.size() == shape.size()
         && std::all_of(tensor.begin(), tensor.end(), [](Scalar x) { return x == x; });
}

std::vector<SizeUse> of_shapes() {
  return {
      {"Shape", "......", [](Size n) { return Shape{n}.size() == n && Shape{n}.back() == n && Shape{n}[0] == n; }},
      {"Shape of 4 times", "....xx",
       [](Size n) {
         return Shape{n, 4}.size() == 4 * n;
       }},
      {"Shape of 4 times, before 0", "....xx",
       [](Size n) {
         return Shape{n, 4, 0}.before(2) == 4 * n;
       }},
      {"Shape of 4 times, after 0", "....xx",
       [](Size n) {
         return Shape{0, n, 4}.after(0) == 4 * n;
       }},
      {"Shape beside 0", "......",
       [](Size n) {
         return Shape{n, 0}.size() == 0 && Shape{n, 0}.before(1) == n;
       }},
      {"Shape::operator[]", ".xxxxx", [](Size n) { return Shape{3}[n] == 3; }},
      {"Shape::before", "..xxxx", [](Size n) { return Shape{3}.before(n) == (n == 0 ? 1u : 3u); }},
      {"Shape::after", ".xxxxx", [](Size n) { return Shape{3}.after(n) == 1; }},
      {"Shape::with, axis", ".xxxxx", [](Size n) { return is_shape(Shape{3}.with(n, 5), {5}); }},
      {"Shape::with, extent", "....xx",
       [](Size n) {
         return is_shape(Shape{3, 4}.with(0, n), {n, 4});
       }},
      {"Shape::without", ".xxxxx", [](Size n) { return is_shape(Shape{3}.without(n), {}); }},
      {"Shape::inserted, axis", "..xxxx", [](Size n) { return Shape{3}.inserted(n, 5).size() == 15; }},
      {"Shape::inserted, extent", "....xx",
       [](Size n) {
         return is_shape(Shape{4}.inserted(0, n), {n, 4});
       }},
      {"index_text, position", ".xxxxx", [](Size n) { return index_text({1}, n) == "[0]"; }},
      {"index_text, shape", "x.....", [](Size n) { return index_text({n}, 0) == "[0]"; }},
      {"index_text, last", "x.....", [](Size n) { return index_text({n}, n - 1) == fmt::format("[{}]", n - 1); }},
      {"to_string", "......", [](Size n) { return to_string(Shape{n}) == fmt::format("[{}]", n); }},
      {"describe", "......", [](Size n) { return describe({n}, "T") == fmt::format("[T={}]", n); }},
      {"resolve_axis", "..xxx.",  // the last is -1, which is the last axis
       [](Size n) {
         return resolve_axis("f", {2, 3}, static_cast<std::ptrdiff_t>(n)) == (n == 0 ? 0u : 1u);
       }},
      {"expect_within, offset", "..xxxx", [](Size n) { return expect_within("f", {1}, n, {0}), true; }},
      {"expect_within, part", "..xxxx", [](Size n) { return expect_within("f", {1}, 0, {n}), true; }},
      {"expect_same_shape", ".xxxxx", [](Size n) { return expect_same_shape("f", {0}, {n}), true; }},
      {"expect_axes", "......", [](Size n) { return expect_axes("f", "x", {n}, "T"), true; }},
  };
}

struct OneWeight {
  Parameter<> weight;
  static void members(auto& self, auto&& visit) { visit("weight", self.weight); }
};

std::vector<SizeUse> of_tensors() {
  static const Tensor<> one({1}, 1);
  return {
      {"Tensor beside 0", "......",
       [](Size n) {
         return is_tensor(Tensor<>({n, 0}), {n, 0});
       }},
      {"Tensor(shape, values)", "x.xxxx", [](Size n) { return is_tensor(Tensor<>({n}, {3}), {n}); }},
      {"Tensor(view)", "......",
       [](Size n) {
         return is_tensor(Tensor<>(Tensor<>({n, 0}).view()), {n, 0});
       }},
      {"Tensor::at", ".xxxxx", [](Size n) { return one.at({n}) == 1; }},
      {"TensorView::at", ".xxxxx", [](Size n) { return one.view().at({n}) == 1; }},
      {"Tensor::assign", "......",
       [](Size n) {
         Tensor<> tensor({3});
         tensor.assign(Tensor<>({n, 0}));
         return is_tensor(tensor, {n, 0});
       }},
      {"cast", "......",
       [](Size n) {
         return is_tensor(cast<double>(Tensor<>({n, 0})), {n, 0});
       }},
      {"Parameter", "......",
       [](Size n) {
         Parameter<> parameter{Tensor<>({n, 0})};
         parameter.add_gradient(Tensor<>({n, 0}));
         return is_tensor(parameter.gradient(), {n, 0}) && parameter.has_gradient();
       }},
  };
}

std::vector<SizeUse> of_random_numbers() {
  const auto is_unit = [](double x) { return x >= 0 && x < 1; };
  return {
      {"Random::split", "......", [](Size n) { return random_numbers.split(n).key() != random_numbers.key(); }},
      {"Random::uniform", "......", [=](Size n) { return is_unit(random_numbers.uniform(n)); }},
      {"Random::normal", "......", [](Size n) { return std::abs(random_numbers.normal(n)) < 10; }},
      {"Random::permutation", "..mmmm", [](Size n) { return random_numbers.permutation(n).size() == n; }},
      {"Random::fill_bits", "......",
       [](Size n) {
         std::vector<std::uint32_t> words(1000);
         bool same = true;
         for (const Size first : {n, n - 130}) {
           random_numbers.fill_bits(first, words);
           for (Size i = 0; i < words.size(); ++i) same &= words[i] == random_numbers.bits(first + i);
         }
         return same;
       }},
      {"uniform_fan_in", "x.....", [](Size n) { return is_tensor(uniform_fan_in(random_numbers, {3}, n), {3}); }},
      {"orthogonal, square", "..xxxx",
       [](Size n) {
         return is_tensor(orthogonal(random_numbers, {n, n}), {n, n});
       }},
      {"orthogonal beside 0", "......",
       [](Size n) {
         return is_tensor(orthogonal(random_numbers, {n, 0}), {n, 0});
       }},
      {"identity beside 0", "......",
       [](Size n) {
         return is_tensor(identity({0, n}), {0, n});
       }},
  };
}

/// On a tape of its own.
SizeUse on_tape(std::string name, std::string expected, std::function<bool(Tape<>&, Size)> is_right,
                Recording recording = Recording::gradients) {
  return {std::move(name), std::move(expected), [=](Size n) {
            Tape<> tape(recording);
            return is_right(tape, n);
          }};
}

std::vector<SizeUse> of_tapes() {
  static const Tensor<> pair({2, 1}, {1, 2});
  constexpr auto make = [](Tape<>& tape, const Shape& shape) {
    return tape.record_lazily("f", shape, {}, [size = shape.size()](float* to) { std::fill_n(to, size, 0.f); });
  };
  const std::span<const Variable<>> nothing;
  return {
      on_tape("zeros", "..mmxx", [](auto& tape, Size n) { return tape.zeros({n}).value().size() == n; }),
      on_tape("zeros beside 0", "......",
              [](auto& tape, Size n) {
                return tape.zeros({n, 0}).value().size() == 0;
              }),
      on_tape("input", "......",
              [](auto& tape, Size n) {
                const auto x = tape.input(Tensor<>({n, 0}));
                tape.backward(sum(x));
                return is_shape(x.gradient().shape(), {n, 0});
              }),
      on_tape("record", "..mmxx",
              [=](auto& tape, Size n) { return tape.record("f", {n}, nothing).value().size() == n; }),
      on_tape("record_lazily", "......", [=](auto& tape, Size n) { return is_shape(make(tape, {n}).shape(), {n}); }),
      on_tape("record_lazily, asked", "..mmxx",
              [=](auto& tape, Size n) { return make(tape, {n}).value().size() == n; }),
      on_tape("view, offset", "..xxxx",
              [](auto& tape, Size n) { return tape.view("f", tape.zeros({1}), n, {0}).shape().size() == 0; }),
      on_tape("view, shape", "..xxxx",
              [](auto& tape, Size n) { return tape.view("f", tape.zeros({1}), 0, {n}).shape().size() == n; }),
      on_tape("columns, first", "..xxxx",
              [](auto& tape, Size n) { return tape.columns("f", tape.constant(pair), n, 0).shape().size() == 0; }),
      on_tape("columns, count", "..xxxx",
              [](auto& tape, Size n) { return tape.columns("f", tape.constant(pair), 0, n).value().size() == 2 * n; }),
      on_tape("scratch", "..mmxx", [](auto& tape, Size n) { return tape.template scratch<float>(n).size() == n; }),
      on_tape("scratch_beside", "..mmxx",
              [](auto& tape, Size n) { return tape.template scratch_beside<float>(tape.zeros({1}), n).size() == n; }),
      on_tape("share, offset", "..xxxx",
              [](auto& tape, Size n) {
                return tape.nested(Recording::values).outer_leaf(tape.zeros({1}), n, {0}).shape().size() == 0;
              }),
      on_tape("share, shape", "..xxxx",
              [](auto& tape, Size n) {
                return tape.nested(Recording::values).outer_leaf(tape.zeros({1}), 0, {n}).shape().size() == n;
              }),
      on_tape("set_gathered_rows", "......",
              [](auto& tape, Size n) {
                tape.set_gathered_rows(n);
                const auto weight = tape.input(Tensor<>({1, 1}, 2));
                auto x = tape.constant(Tensor<>({1, 1}, 3));
                for (int step = 0; step < 3; ++step) x = linear(x, weight);
                tape.backward(sum(x));
                return weight.gradient()[0] == 3 * 4 * 3;
              }),
      on_tape("expect_steps", "......",
              [](auto& tape, Size n) {
                bool warned = false;
                tape.expect_steps(n, [&](const std::string&) { warned = true; });
                for (Size t = 0; t < 5; ++t) tape.begin_step(t);
                return warned == (n == 1) && tape.summary().warning.empty() == (n != 1);
              }),
      on_tape(
          "rewind", "..xxxx",
          [](auto& tape, Size n) {
            static_cast<void>(tape.zeros({1}));
            auto mark = tape.mark();
            mark.nodes = n;
            tape.rewind(mark);
            return tape.size() == n;
          },
          Recording::values),
      {"Arena::allocate", "..mmxx", [](Size n) { return Arena().allocate(n) != nullptr; }},
      {"FreeLists::take", "......", [](Size n) { return FreeLists().take(n) == nullptr; }},
  };
}

std::vector<SizeUse> of_the_rest() {
  const auto header = [](Size extent, Size bytes) {
    const std::string json =
        fmt::format(R"({{"w":{{"dtype":"F32","shape":[{}],"data_offsets":[0,{}]}}}})", extent, bytes);
    return parse_header(json, bytes, "file").tensors.at(0).shape == Shape{extent};
  };
  return {
      {"Team", "x.xxxx", [](Size n) { return Team(n).size() == n; }},
      {"check_gradients, directions", "..xxxx",
       [](Size n) {
         const auto one = [](auto&, auto in) { return square(in[0]); };
         return check_gradients(one, {Tensor<double>({1}, 3)}, {}, {.directions = n}).passed();
       }},
      {"PlateauSchedule, patience", "......",
       [](Size n) {
         PlateauSchedule schedule({.patience = n});
         bool fell = false;
         for (int loss = 0; loss < 4; ++loss) fell |= schedule.observe(1);
         return fell == (n < 3);
       }},
      {"make_schedule, patience", "......",
       [](Size n) {
         auto schedule = make_schedule("plateau", 1, {.patience = n});
         bool fell = false;
         for (int loss = 0; loss < 4; ++loss) fell |= schedule.observe(1);
         return fell == (n < 3);
       }},
      {"parse_header, data", ".xxxxx", [](Size n) { return parse_header("{}", n, "file").tensors.empty(); }},
      {"parse_header, extent", "....xx", [=](Size n) { return header(n, 4 * n); }},
      {"header_text", "......",
       [](Size n) {
         return header_text({{{"w", Dtype::f32, {n}, 0, n}}, {}}).find(fmt::format("[0,{}]", n)) != std::string::npos;
       }},
  };
}

/// To be mended in tensor.hpp, shape.hpp, module.hpp and scope_log.hpp.
std::vector<SizeUse> of_made_tensors() {
  return {
      {"Tensor(shape)", "..mmxx", [](Size n) { return is_tensor(Tensor<>({n}), {n}); }},
      {"Tensor(shape, fill)", "..mmxx", [](Size n) { return is_tensor(Tensor<>({n}, 1), {n}); }},
      {"Tensor<int>", "..mmxx", [](Size n) { return is_tensor(Tensor<int>({n}), {n}); }},
      {"Tensor<unsigned char>", "..mmmx", [](Size n) { return is_tensor(Tensor<unsigned char>({n}), {n}); }},
      {"uniform", "..mmxx", [](Size n) { return is_tensor(uniform<float>(random_numbers, {n}), {n}); }},
      {"normal", "..mmxx", [](Size n) { return is_tensor(normal<float>(random_numbers, {n}), {n}); }},
      {"constant", "..mmxx", [](Size n) { return is_tensor(constant<float>({n}, 1), {n}); }},
      {"uniform_fan_in, shape", "x.mmxx", [](Size n) { return is_tensor(uniform_fan_in(random_numbers, {n}), {n}); }},
      {"xavier_uniform", "..mmxx",
       [](Size n) {
         return is_tensor(xavier_uniform(random_numbers, {n, 2}), {n, 2});
       }},
      {"xavier_normal", "..mmxx",
       [](Size n) {
         return is_tensor(xavier_normal(random_numbers, {n, 2}), {n, 2});
       }},
      {"he_uniform", "..mmxx",
       [](Size n) {
         return is_tensor(he_uniform(random_numbers, {2, n}), {2, n});
       }},
      {"he_normal", "..mmxx",
       [](Size n) {
         return is_tensor(he_normal(random_numbers, {2, n}), {2, n});
       }},
      {"orthogonal, tall", "..mmxx",
       [](Size n) {
         return is_tensor(orthogonal(random_numbers, {n, 1}), {n, 1});
       }},
      {"orthogonal, wide", "..mmxx",
       [](Size n) {
         return is_tensor(orthogonal(random_numbers, {1, n}), {1, n});
       }},
      {"identity", "..mmxx",
       [](Size n) {
         return is_tensor(identity({n, 1}), {n, 1});
       }},
      on_tape("constant", "......",
              [](auto& tape, Size n) {
                return tape.constant(Tensor<>({n, 0})).shape()[0] == n;
              }),
  };
}

std::vector<SizeUse> of_names() {
  return {
      {"Parameters::operator[]", ".xxxxx",
       [](Size n) {
         OneWeight module;
         return Parameters<>(module)[n].parameter == &module.weight;
       }},
      on_tape("begin_step", ".....x",
              [](auto& tape, Size n) {
                tape.begin_step(n);
                const auto x = tape.zeros({1});
                return tape.location_of(x).step == n && tape.summary().steps.at(0).step == n;
              }),
      on_tape("Scope", ".....x",
              [](auto& tape, Size n) {
                const Scope scope(tape, "layer", n);
                const auto location = tape.location_of(tape.zeros({1}));
                return location.layer == n && location.scope == fmt::format("layer {}", n);
              }),
  };
}

}  // namespace

TEST_CASE("a shape or an index of it that was computed wrong is refused, or answered rightly", "[sizes][error]") {
  expect_outcomes(of_shapes());
}

TEST_CASE("a tensor of a size that was computed wrong is refused, or made", "[sizes][error]") {
  expect_outcomes(of_tensors());
}

TEST_CASE("a tensor that memory cannot hold is an error that says how much was asked", "[sizes][error]") {
  expect_outcomes(of_made_tensors());
}

TEST_CASE("random numbers of a count that was computed wrong are refused, or drawn", "[sizes][error]") {
  expect_outcomes(of_random_numbers());
}

TEST_CASE("a tape refuses a size that was computed wrong, or answers rightly", "[sizes][error]") {
  expect_outcomes(of_tapes());
}

TEST_CASE("teams, checks, schedules and files refuse a size that was computed wrong, or answer rightly",
          "[sizes][error]") {
  expect_outcomes(of_the_rest());
}

TEST_CASE("numbers of parameters, steps and layers that were computed wrong are refused, or named", "[sizes][error]") {
  expect_outcomes(of_names());
}
