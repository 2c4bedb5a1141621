#include "support/child.hpp"
#include "support/ops.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tape/tape.hpp>
#include <unroll/framework/tape/tape_summary.hpp>
#include <unroll/framework/tensor/denormals.hpp>
#include <unroll/ops/arithmetic.hpp>
#include <unroll/ops/map.hpp>
#include <unroll/ops/reduction.hpp>
#include <unroll/ops/shaping.hpp>

#include <limits>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

using namespace unroll;
using namespace unroll::testing;
using Catch::Matchers::Contains;

namespace {

struct OneWeight {
  Parameter<double> weight{Tensor<double>({2}, {3, 4})};
  static void members(auto& self, auto&& visit) { visit("weight", self.weight); }
};

}  // namespace

TEST_CASE("a chain of a million nodes runs forward, backward and is destroyed", "[tape]") {
  Tape<double> tape;
  const auto x = tape.input(Tensor<double>({1}, 1.0));
  Variable<double> y = x;
  for (int i = 0; i < 1'000'000; ++i) y = scale(y, i % 2 == 0 ? 2 : 0.5);
  CHECK(tape.size() == 1'000'001);
  tape.backward(y);
  CHECK(y.item() == 1);
  CHECK(x.gradient()[0] == 1);
}

TEST_CASE("a node used twice gets the sum of both gradients", "[tape]") {
  Tape<double> tape;
  const auto x = tape.input(Tensor<double>({2}, {1, 2}));
  const auto y = scale(x, 3) * x;
  tape.backward({{y, Tensor<double>({2}, {1, 10})}});
  CHECK(Tensor<double>(x.gradient()) == Tensor<double>({2}, {6 * 1 * 1, 6 * 2 * 10}));
}

TEST_CASE("several seeds give the gradient of their sum", "[tape]") {
  Tape<double> tape;
  const auto x = tape.input(Tensor<double>({2}, {1, 2}));
  const auto a = scale(x, 2), b = scale(a, 5);
  tape.backward({{a, Tensor<double>({2}, {1, 0})}, {b, Tensor<double>({2}, {0, 1})}});
  CHECK(Tensor<double>(x.gradient()) == Tensor<double>({2}, {2, 10}));
}

TEST_CASE("a node that the loss does not depend on has a gradient of zero", "[tape]") {
  Tape<double> tape;
  const auto x = tape.input(Tensor<double>({1}, 1.0)), unused = tape.input(Tensor<double>({3}, 1.0));
  tape.backward(scale(x, 2));
  CHECK(Tensor<double>(unused.gradient()) == Tensor<double>({3}));
}

TEST_CASE("parts of a tensor share its gradient, whether ops go by rows or not", "[tape]") {
  Tape<double> tape;
  const auto x = tape.input(Tensor<double>({2, 4}, {1, 2, 3, 4, 5, 6, 7, 8}));
  const auto [left, right] = split<2>(x);
  CHECK(Tensor<double>(right.value()) == Tensor<double>({2, 2}, {3, 4, 7, 8}));
  const auto by_rows = left * right;      // reads and writes in place
  const auto by_copy = scale(right, 10);  // knows nothing of rows
  const auto second_row = at_step(x, 1);
  tape.backward({{by_rows, Tensor<double>({2, 2}, 1.0)},
                 {by_copy, Tensor<double>({2, 2}, 1.0)},
                 {scale(second_row, 100), Tensor<double>({4}, 1.0)}});
  CHECK(Tensor<double>(x.gradient()) == Tensor<double>({2, 4}, {3, 4, 11, 12, 107, 108, 115, 116}));
  CHECK(Tensor<double>(right.gradient()) == Tensor<double>({2, 2}, {11, 12, 115, 116}));
  CHECK(Tensor<double>(second_row.gradient()) == Tensor<double>({4}, {107, 108, 115, 116}));
}

TEST_CASE("a parameter has one leaf on a tape, and its gradient is added on request", "[tape]") {
  OneWeight module;
  const auto parameters = parameters_of<double>(module);
  Tape<double> tape;
  const auto record = [&] {
    tape.clear();
    const auto constant = tape.constant(Tensor<double>({2}, {1, 2}));
    return constant * module.weight + module.weight * constant;
  };
  for (int pass = 1; pass <= 3; ++pass) {
    const auto y = record();
    CHECK(tape.size() == 1 + 1 + 3);
    tape.backward({{y, Tensor<double>({2}, 1.0)}});
    add_gradients(tape, parameters);
    CHECK(module.weight.gradient() == Tensor<double>({2}, {2.0 * pass, 4.0 * pass}));
  }
}

TEST_CASE("parts of parts have their whole gradient, however it came", "[tape]") {
  Tape<double> tape;
  const auto x = tape.input(Tensor<double>({2, 3}, 1.0));
  const auto part = slice(x, -1, 1, 2), part_of_part = slice(part, -1, 1, 1), flat = reshape(part, {4});
  tape.backward({{part * part, Tensor<double>({2, 2}, 1.0)},
                 {part_of_part * 3, Tensor<double>({2, 1}, 1.0)},
                 {scale(flat, 10), Tensor<double>({4}, 1.0)}});
  CHECK(Tensor<double>(x.gradient()) == Tensor<double>({2, 3}, {0, 12, 15, 0, 12, 15}));
  CHECK(Tensor<double>(part.gradient()) == Tensor<double>({2, 2}, {12, 15, 12, 15}));
  CHECK(Tensor<double>(part_of_part.gradient()) == Tensor<double>({2, 1}, {15, 15}));
  CHECK(Tensor<double>(flat.gradient()) == Tensor<double>({4}, {12, 15, 12, 15}));
}

TEST_CASE("a parameter that changes while it is on a tape is found", "[tape][error]") {
  OneWeight module;
  const auto parameters = parameters_of<double>(module);
  Tape<double> tape;
  const auto x = tape.input(Tensor<double>({2}, 1.0));
  const auto y = x * module.weight;
  module.weight.mutable_value()[0] = 7;
  CHECK_THROWS_WITH(x * module.weight, Contains("a parameter of shape [2], used at")
                                           && Contains("has changed since this tape first used it"));
  CHECK_THROWS_WITH(tape.backward({{y, Tensor<double>({2}, 1.0)}}), Contains("backward: a parameter of shape [2]"));
  tape.clear();
  const auto again = tape.input(Tensor<double>({2}, 1.0)) * module.weight;
  tape.backward({{again, Tensor<double>({2}, 1.0)}});
  module.weight.mutable_value()[0] = 8;  // an update after backward
  CHECK_NOTHROW(add_gradients(tape, parameters));
  module.weight = Parameter<double>(Tensor<double>({2}, 1.0));
  CHECK_THROWS_AS(tape.use(module.weight), TapeError);
}

TEST_CASE("parameters of a copy of the model are found", "[tape][error]") {
  OneWeight module;
  OneWeight copy = module;
  Tape<double> tape;
  const auto loss = at_step(tape.input(Tensor<double>({2}, 1.0)) * module.weight, 0);
  CHECK_THROWS_WITH(backward(loss, parameters_of<double>(copy)),
                    Contains("1 parameter given, the first being 'weight', and the tape has used none"));
  CHECK_NOTHROW(backward(loss, parameters_of<double>(module)));
}

TEST_CASE("a view or columns beyond the end are refused", "[tape][error]") {
  Tape<double> tape;
  const auto x = tape.input(Tensor<double>({2, 3}, 1.0));
  CHECK_THROWS_WITH(tape.view("peek", x, 5, {2}), Contains("peek: [2] from number 5 on is beyond the end of [2, 3]"));
  CHECK_THROWS_WITH(tape.columns("peek", x, 2, 2),
                    Contains("peek: 2 columns from 2 on asked of [2, 3], which does not have them all"));
}

TEST_CASE("a frozen parameter gets no gradient", "[tape]") {
  OneWeight module;
  module.weight.frozen = true;
  Tape<double> tape;
  const auto x = tape.input(Tensor<double>({2}, {1, 2}));
  tape.backward({{x * module.weight, Tensor<double>({2}, 1.0)}});
  add_gradients(tape, parameters_of<double>(module));
  CHECK_FALSE(module.weight.has_gradient());
  CHECK(Tensor<double>(x.gradient()) == Tensor<double>({2}, {3, 4}));
}

TEST_CASE("a tape that records values only needs no gradients", "[tape]") {
  OneWeight module;
  Tape<double> tape(Recording::values);
  const auto y = tape.input(Tensor<double>({2}, {1, 2})) * module.weight;
  CHECK(Tensor<double>(y.value()) == Tensor<double>({2}, {3, 8}));
  CHECK_FALSE(y.needs_gradient());
  CHECK_THROWS_WITH(tape.backward({{y, Tensor<double>({2}, 1.0)}}), Contains("recording values only"));
}

TEST_CASE("a const model serves several threads at once", "[tape]") {
  const OneWeight module;
  std::vector<double> sums(4);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < sums.size(); ++i)
      threads.emplace_back([&, i] {
        Tape<double> tape;
        for (int pass = 0; pass < 200; ++pass) {
          tape.clear();
          const auto y = tape.input(Tensor<double>({2}, static_cast<double>(i))) * module.weight;
          tape.backward({{y, Tensor<double>({2}, 1.0)}});
          sums[i] += tape.gradient_of(module.weight)[0];
        }
      });
  }
  for (std::size_t i = 0; i < sums.size(); ++i) CHECK(sums[i] == 200.0 * static_cast<double>(i));
}

TEST_CASE("a cleared tape forgets its nodes and keeps its memory", "[tape]") {
  Tape<double> tape;
  const auto record = [&] { return scale(tape.input(Tensor<double>({1000}, 1.0)), 2); };
  tape.backward({{record(), Tensor<double>({1000}, 1.0)}});
  const std::size_t bytes = tape.bytes(), capacity = tape.capacity();
  tape.clear();
  CHECK(tape.size() == 0);
  tape.backward({{record(), Tensor<double>({1000}, 1.0)}});
  CHECK(tape.bytes() == bytes);
  CHECK(tape.capacity() == capacity);
}

TEST_CASE("a note stays with its node and no other, by type, until the tape is cleared", "[tape]") {
  struct Count {
    int uses = 0;
  };
  struct Other {
    int uses = 5;
  };
  Tape tape;
  const auto x = tape.input(Tensor<>({2}, {1, 2})), y = tape.input(Tensor<>({2}, {3, 4}));
  tape.note<Count>(x).uses = 3;
  CHECK(tape.note<Other>(x).uses == 5);
  CHECK(tape.note<Count>(x).uses == 3);
  CHECK(tape.note<Count>(y).uses == 0);
  CHECK(tape.note<Count>(tape.view("part", x, 0, {1})).uses == 0);
  CHECK(tape.note<Count>(tape.columns("part", x, 0, 1)).uses == 0);
  tape.clear();
  CHECK_THROWS_AS(tape.note<Count>(x), TapeError);
  CHECK(tape.note<Count>(tape.zeros({2})).uses == 0);
}

TEST_CASE("misuse of backward is a clear error", "[tape][error]") {
  Tape<double> tape, other;
  const auto x = tape.input(Tensor<double>({2}, 1.0));
  const auto y = scale(x, 2);
  CHECK_THROWS_WITH(y.gradient(), Contains("'scale' asked before backward"));
  CHECK_THROWS_WITH(tape.backward(y), Contains("the loss has shape [2], expected one number"));
  CHECK_THROWS_WITH(tape.backward({{y, Tensor<double>({3}, 1.0)}}),
                    Contains("cotangent: shapes differ: left [2], right [3]"));
  CHECK_THROWS_WITH(other.backward({{y, Tensor<double>({2}, 1.0)}}), Contains("belongs to another tape"));
  const auto constant = scale(tape.constant(Tensor<double>({1}, 1.0)), 2);
  CHECK_THROWS_WITH(tape.backward(constant), Contains("depends on no parameter and no input"));

  tape.backward({{y, Tensor<double>({2}, 1.0)}});
  CHECK_THROWS_WITH(tape.backward({{y, Tensor<double>({2}, 1.0)}}), Contains("swept already"));
  CHECK_THROWS_WITH(scale(x, 2), Contains("scale: recorded after backward"));
  CHECK_THROWS_WITH(tape.zeros({1}), Contains("recorded after backward"));
  CHECK_THROWS_WITH(constant.gradient(), Contains("needs none"));
  tape.clear();
  CHECK_NOTHROW(scale(tape.input(Tensor<double>({2}, 1.0)), 2));
}

TEST_CASE("the gradient of a parameter is asked after backward, and is nothing when it was not used", "[tape][error]") {
  OneWeight module;
  Tape<double> tape;
  const auto x = tape.input(Tensor<double>({1}, 1.0));
  CHECK_THROWS_AS(tape.gradient_of(module.weight), TapeError);
  tape.backward(scale(x, 1));
  CHECK(tape.gradient_of(module.weight) == nullptr);
}

TEST_CASE("denormals are flushed on the way back", "[tape][denormals]") {
  Tape<> tape;
  const auto x = tape.input(Tensor<>({1}, 1.0f));
  const auto y = map([](auto a) { return a * 1e-30f; }, map([](auto a) { return a * 1e-10f; }, x));
  tape.backward(y);
  CHECK(x.gradient()[0] == 0.0f);
  CHECK(std::numeric_limits<float>::denorm_min() > 0);  // and the mode of this thread is as it was
  volatile float tiny = 1e-30f;
  CHECK(tiny * 1e-10f > 0);
}

TEST_CASE("a tape that is told to keep denormals does, and so does a scope, inside one that flushes them",
          "[tape][denormals]") {
  const FlushDenormals flush;
  const KeepDenormals keep;
  Tape<> tape;
  tape.set_flushes_denormals(false);
  const auto x = tape.input(Tensor<>({1}, 1.0f));
  tape.backward(map([](auto a) { return a * 1e-30f; }, map([](auto a) { return a * 1e-10f; }, x)));
  CHECK(x.gradient()[0] > 0.0f);
  CHECK(x.gradient()[0] < std::numeric_limits<float>::min());
}

TEST_CASE("a sweep from nothing, or for no parameters, is refused", "[tape][error]") {
  Tape<double> tape;
  OneWeight module;
  const auto loss = [&] {
    tape.clear();
    return scale(slice(tape.use(module.weight), 0, 0, 1), 2);
  };
  CHECK_THROWS_WITH(tape.backward(std::span<const Seed<double>>{}), Contains("backward: no seeds given"));
  CHECK_THROWS_WITH(backward(reshape(loss(), {}), Parameters<double>{}), Contains("backward: no parameters given"));
}

TEST_CASE("a rule cannot clear or rewind the tape that is being swept", "[tape][error]") {
  for (const bool clears : {true, false}) {
    Tape<double> tape;
    tape.set_repeatable(true);
    const auto x = tape.input(Tensor<double>({1}, 2.0));
    const auto y = tape.record("rule", {1}, {x});
    *y.writable() = 1;
    y.on_backward([&tape, clears] { clears ? tape.clear() : tape.forget_gradients(); });
    CHECK_THROWS_WITH(tape.backward(reshape(y, {})),
                      Contains("called by a backward rule while the tape is being swept"));
    CHECK_NOTHROW(tape.clear());
  }
}

TEST_CASE("a size that was computed as -1 is refused in words, and one that the machine has not too", "[tape][error]") {
  Tape<> tape;
  const auto refused = Contains("was a size computed as -1?");
  constexpr auto minus_one = static_cast<std::size_t>(-1);
  CHECK_THROWS_WITH(tape.zeros({minus_one}), Contains("zeros: shape [18446744073709551615]") && refused);
  CHECK_THROWS_WITH(tape.zeros({1u << 31, 1u << 31}), refused);
  CHECK_THROWS_WITH(Tape<double>().zeros({std::size_t{1} << 61}), refused);
  CHECK_THROWS_WITH(tape.scratch<float>(std::size_t{1} << 62), refused);
  CHECK_THROWS_WITH(tape.record("mine", {minus_one}, std::span<const Variable<>>{}), Contains("mine: ") && refused);
  CHECK_THROWS_WITH(Tensor<>({minus_one}), refused);
  CHECK_THROWS_WITH(Tensor<>({minus_one}, 1), refused);
  CHECK_THROWS_AS(Tensor<>({minus_one}), ArgumentError);
#if !defined(UNROLL_ADDRESS_SANITIZER) && !defined(__SANITIZE_THREAD__)  // whose allocators end the program
  CHECK_THROWS_WITH(tape.zeros({std::size_t{1} << 52}),
                    Contains("zeros: shape [4503599627370496]: 18014398509481984 bytes were asked for"));
#endif
  CHECK(tape.zeros({3}).value()[2] == 0);
}

namespace {
template <class Type>
concept Usable = requires(Tape<double>& tape, Type&& parameter) {
  tape.use(std::forward<Type>(parameter));
};
}  // namespace

TEST_CASE("a parameter that is gone or elsewhere when the tape is swept is named by where it was used",
          "[tape][error]") {
  static_assert(Usable<Parameter<double>&> && Usable<const Parameter<double>&> && !Usable<Parameter<double>>);
  static_assert(!std::is_constructible_v<AnyOperand<double>, Parameter<double>>);
  static_assert(std::is_nothrow_move_constructible_v<Parameter<double>>);
  Tape<double> tape;
  const auto gone = Contains("backward: a parameter of shape [2], used at tape_test.cpp:");
  const auto loss_of = [&](const Parameter<double>& parameter) {
    tape.clear();
    return reshape(scale(slice(tape.use(parameter), 0, 0, 1), 2), {});
  };
  Variable<double> loss;
  {
    const OneWeight module;
    loss = loss_of(module.weight);
  }
  CHECK_THROWS_WITH(tape.backward(loss), gone);
  CHECK_NOTHROW(tape.summary());

  std::vector<OneWeight> modules(1);
  loss = loss_of(modules[0].weight);
  modules.resize(100);
  CHECK_THROWS_WITH(tape.backward(loss), gone);

  OneWeight first;
  loss = loss_of(first.weight);
  OneWeight second(first);  // a copy changes nothing
  CHECK_NOTHROW(tape.backward(loss));
  loss = loss_of(first.weight);
  second = std::move(first);
  CHECK_THROWS_AS(tape.backward(loss), TapeError);
}

TEST_CASE("a parameter that is gone or has changed when gradients are asked for its module is named", "[tape][error]") {
  Tape<double> tape;
  std::optional<OneWeight> location(std::in_place);
  const Parameters<double> parameters(*location);
  const auto loss = [&] {
    tape.clear();
    return sum(scale(tape.use(location->weight), 2));
  };
  const auto changed = loss();
  location->weight.mutable_value()[0] = 7;
  CHECK_THROWS_WITH(backward(changed, parameters),
                    Contains("backward: the parameter 'weight' of shape [2], used at tape_test.cpp:")
                        && Contains("has changed since"));
  const auto gone = loss();
  location.reset();
  CHECK_THROWS_WITH(backward(gone, parameters),
                    Contains("backward: the parameter 'weight' of shape [2], used at tape_test.cpp:")
                        && Contains("was destroyed or moved"));
}

TEST_CASE("another parameter at the place of one that is gone is not taken for it", "[tape][error]") {
  Tape<double> tape, values(Recording::values);
  std::optional<OneWeight> location(std::in_place);
  static_cast<void>(tape.use(location->weight));
  static_cast<void>(values.use(location->weight));
  values.clear();
  location.emplace().weight.mutable_value()[0] = 7;
  CHECK_THROWS_WITH(tape.use(location->weight), Contains("parameter of shape [2]"));
  CHECK(values.use(location->weight).value()[0] == 7);
}

TEST_CASE("columns of a parameter without rows are nowhere, and no arithmetic is done with their address", "[tape]") {
  OneWeight module;
  module.weight = Parameter<double>(Tensor<double>({0, 16}));
  Tape<double> tape;
  const auto part = slice(tape.use(module.weight), -1, 10, 6);
  CHECK(part.value_rows().data == nullptr);
  const auto loss = sum(part * part);
  backward(loss, Parameters<double>(module));
  CHECK(part.gradient().size() == 0);
}
