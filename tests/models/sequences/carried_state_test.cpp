#include "support/catch.hpp"
#include "support/messages.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models.hpp>

#include <limits>

using namespace unroll;
using Catch::Contains;

namespace {

const LstmCell<> cell({.inputs = 1, .hidden = 2}, Random(1));

/// What an LSTM of 2 units remembers of 3 sequences after 4 steps.
CarriedState<> three_sequences() {
  Tape<> tape;
  CarriedState<> memory;
  memory.keep(run(cell, tape.constant(normal(Random(2), {4, 3, 1})), {}).state);
  return memory;
}
/// A tensor of three rows with zeros, or `number`, in the middle one.
Tensor<> with_middle_row(Tensor<> tensor, float number = 0) {
  tensor.at({1, 0}) = tensor.at({1, 1}) = number;
  return tensor;
}

/// A cell whose state begins at 7.
struct OwnStart {
  using State = HiddenState<>;
  std::size_t hidden_size() const { return 2; }
  State initial_state(Tape<>& tape, std::size_t batch) const { return {tape.constant(Tensor<>({batch, 2}, 7.0F))}; }
  State step(Variable<> x, const State& previous) const { return {previous.hidden + x}; }
  static void members(auto&, auto&&) {}
};

}  // namespace

TEST_CASE("a carried state is numbers: no gradient flows through it", "[state]") {
  const LstmCell<> lstm({.inputs = 1, .hidden = 3}, Random(1));
  Tape tape;
  CarriedState memory;
  memory.keep(run(lstm, tape.constant(Tensor<>({2, 1, 1}, 1.0f))).state);
  tape.clear();
  const auto state = memory.resume(lstm, tape, 1);
  CHECK_FALSE(state.hidden.needs_gradient());
  CHECK_FALSE(state.cell.needs_gradient());
  CHECK(memory.values().size() == 2);
}

TEST_CASE("a carried state is refused by another batch or width, and can be reset", "[state][error]") {
  const LstmCell<> lstm({.inputs = 1, .hidden = 3}, Random(1)), wider({.inputs = 1, .hidden = 4}, Random(1));
  Tape tape;
  CarriedState memory;
  memory.keep(initial_state(lstm, tape, 2));
  CHECK_THROWS_WITH(memory.resume(lstm, tape, 5), Contains("resume") && Contains("[5, 3]") && Contains("[2, 3]"));
  CHECK_THROWS_WITH(memory.resume(wider, tape, 2), Contains("[2, 4]") && Contains("[2, 3]"));
  const GruCell<> gru({.inputs = 1, .hidden = 3}, Random(1));
  CHECK_THROWS_WITH(memory.resume(gru, tape, 2), Contains("2 tensors, this model's has 1"));
  memory.reset();
  CHECK(memory.resume(lstm, tape, 5).hidden.shape() == Shape{5, 3});
}

TEST_CASE("a state that is not finite is not carried on, and the one before it is", "[state][error]") {
  const LstmCell<> lstm({.inputs = 1, .hidden = 3}, Random(1));
  Tape tape;
  CarriedState memory;
  const auto window = [&](float number) {
    return run(lstm, tape.constant(Tensor<>({2, 1, 1}, number)), {.state = memory.resume(lstm, tape, 1)}).state;
  };
  memory.keep(window(1));
  const auto before = memory.values();
  CHECK_THROWS_AS(memory.keep(window(std::numeric_limits<float>::quiet_NaN())), NumericalError);
  CHECK_THROWS_WITH(memory.keep(window(std::numeric_limits<float>::quiet_NaN())),
                    Contains("keep: tensor 0 of the state is nan at [0, 0]") && Contains("among this window's inputs"));
  CHECK(memory.values() == before);
  CHECK_NOTHROW(memory.keep(window(2)));
}

TEST_CASE("a carried state is kept in a file and filled again without a tape", "[state]") {
  const TemporaryDirectory directory;
  const CarriedState<> memory = three_sequences();
  SafetensorsFile file;
  for (std::size_t i = 0; i < memory.values().size(); ++i)
    file.tensors["memory." + std::to_string(i)] = memory.values()[i];
  write_safetensors(directory / "memory", file);

  const SafetensorsFile read = read_safetensors(directory / "memory");
  CarriedState<> resumed;
  resumed.assign({read.get<float>("memory.0"), read.get<float>("memory.1")});
  CHECK(resumed.values() == memory.values());
  Tape<> tape;
  CHECK(Tensor<>(resumed.resume(cell, tape, 3).cell.value()) == memory.values()[1]);
}

TEST_CASE("one sequence of a batch is forgotten by its row, and the others go on", "[state]") {
  CarriedState<> memory = three_sequences();
  const auto before = memory.values();
  memory.forget(1);
  CHECK(memory.values() == std::vector{with_middle_row(before[0]), with_middle_row(before[1])});
  Tape<> tape;
  const auto x = tape.constant(normal(Random(3), {5, 3, 1}));
  const auto after = run(cell, x, {.state = memory.resume(cell, tape, 3)}).state.hidden;
  const auto anew = run(cell, slice(x, 1, 1, 1), {}).state.hidden;
  for (std::size_t i = 0; i < 2; ++i) CHECK(after.value().at({1, i}) == Approx(anew.value().at({0, i})));
}

TEST_CASE("a forgotten row begins as the model's first state does", "[state]") {
  Tape<> tape;
  CarriedState<> memory;
  memory.forget(1, OwnStart{});  // nothing is kept
  memory.keep(OwnStart::State{tape.constant(Tensor<>({3, 2}, 1.0F))});
  memory.forget(1, OwnStart{});
  CHECK(memory.values() == std::vector{with_middle_row(Tensor<>({3, 2}, 1.0F), 7)});
  CHECK_THAT(message_of<ShapeError>([&] { memory.forget(1, cell); }),
             Contains("forget: the state kept has 1 tensor, this model's has 2"));
  const GruCell<> wider({.inputs = 1, .hidden = 3}, Random(1));
  CHECK_THAT(message_of<ShapeError>([&] { memory.forget(1, wider); }), Contains("[1, 3]") && Contains("[1, 2]"));
}

TEST_CASE("a row that is not there is refused", "[state][error]") {
  CarriedState<> memory;
  CHECK_NOTHROW(memory.forget(3));
  memory = three_sequences();
  const auto before = memory.values();
  CHECK(message_of<ArgumentError>([&] { memory.forget(3); }) == "forget: row 3 asked of 3 (they are counted from 0)");
  CHECK_THROWS_AS(memory.forget(3, cell), ArgumentError);
  CHECK(memory.values() == before);
}

TEST_CASE("a state that was reset has no values", "[state]") {
  CarriedState<> memory = three_sequences();
  const auto before = memory.values();
  memory.reset();
  CHECK(memory.values().empty());
  memory.reset();
  Tape<> tape;
  CHECK(Tensor<>(memory.resume(cell, tape, 5).hidden.value()) == Tensor<>({5, 2}));
  memory.assign(before);
  CHECK(memory.values() == before);
}

TEST_CASE("tensors that are no state are refused, and what was kept is kept", "[state][error]") {
  CarriedState<> memory = three_sequences();
  const auto before = memory.values();
  CHECK(message_of<ArgumentError>([&] { memory.assign({}); })
        == "assign: no tensor given, expected those of a state (reset() forgets one)");
  CHECK(message_of<ShapeError>([&] { memory.assign({Tensor<>({3, 2}), Tensor<>({2, 2})}); })
        == "assign: tensor 1 of the state is [2, 2], the first [3, 2], expected one row for each sequence in all of "
           "them (are they of two batches?)");
  CHECK_THAT(message_of<ShapeError>([&] { memory.assign({Tensor<>(Shape{})}); }),
             Contains("tensor 0 of the state is []"));
  CHECK(message_of<NumericalError>([&] { memory.assign({Tensor<>({1, 2}, {1, std::numeric_limits<float>::infinity()})}); })
        == "assign: tensor 0 of the state is inf at [0, 1], expected finite numbers (has the training that it is from "
           "diverged?); the state kept before is kept");
  CHECK(memory.values() == before);
  memory.assign({Tensor<>({3, 2})});
  Tape<> tape;
  CHECK_THAT(message_of<ShapeError>([&] { memory.resume(cell, tape, 3); }), Contains("[3, 2]"));
}
