#include "support/ops.hpp"
#include <unroll/models/sequences/recurrent_cell.hpp>
#include <unroll/models/sequences/restarts.hpp>

using namespace unroll;
using namespace unroll::testing;

namespace {

using Numbers = std::vector<double>;

struct Plain {
  using State = HiddenState<double>;
  std::size_t hidden_size() const { return 2; }
  State step(Variable<double> x, const State&) const { return {x}; }
  static void members(auto&, auto&&) {}
};
/// The same from a first state that is learned.
struct FromLearned : Plain {
  Parameter<double> start{Tensor<double>({3, 2}, {10, 11, 20, 21, 30, 31})};
  State initial_state(Tape<double>& tape, std::size_t) const { return {tape.use(start)}; }
  static void members(auto& self, auto&& visit) { visit("start", self.start); }
};

/// Of 3 rows and 4 steps: row 1 begins anew at step 0, the rows 0 and 2 at step 2.
const Tensor<int> marks({4, 3}, {0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0});
HiddenState<double> state_on(Tape<double>& tape) { return {tape.input(Tensor<double>({3, 2}, {1, 2, 3, 4, 5, 6}))}; }

}  // namespace

TEST_CASE("a row that begins anew has zeros, or the first state of its sequence", "[starts]") {
  Tape<double> tape;
  const Starts starts = detail::make_starts<double>(tape, marks);
  const auto state = state_on(tape);
  const Plain plain;
  const detail::Restarts<Plain, double> zeros(plain, tape, starts, Direction::forward, 3);
  CHECK(numbers_of(zeros.enter(0, state).hidden) == Numbers{1, 2, 0, 0, 5, 6});
  CHECK(numbers_of(zeros.enter(2, state).hidden) == Numbers{0, 0, 3, 4, 0, 0});
  const FromLearned learned;
  const detail::Restarts<FromLearned, double> from_learned(learned, tape, starts, Direction::forward, 3);
  CHECK(numbers_of(from_learned.enter(2, state).hidden) == Numbers{10, 11, 3, 4, 30, 31});
  const std::vector<int> order{2, 0, 1};  // of ragged rows
  const detail::Restarts<FromLearned, double> ragged(learned, tape, starts, Direction::forward, 3, order);
  CHECK(numbers_of(ragged.enter(2, state).hidden) == Numbers{30, 31, 3, 4, 20, 21});
}

TEST_CASE("backward in time a row begins anew behind its step", "[starts]") {
  Tape<double> tape;
  const Starts starts = detail::make_starts<double>(tape, marks);
  const auto state = state_on(tape);
  const Plain plain;
  const detail::Restarts<Plain, double> back(plain, tape, starts, Direction::backward, 3);
  CHECK(numbers_of(back.enter(1, state).hidden) == Numbers{0, 0, 3, 4, 0, 0});
  for (const std::size_t t : {0u, 2u, 3u}) CHECK(numbers_of(back.enter(t, state).hidden) == Numbers{1, 2, 3, 4, 5, 6});
}

TEST_CASE("a step without a start records nothing", "[starts]") {
  Tape<double> tape;
  const Starts starts = detail::make_starts<double>(tape, marks);
  const auto state = state_on(tape);
  const Plain plain;
  const std::size_t before = tape.size();
  const detail::Restarts<Plain, double> some(plain, tape, starts, Direction::forward, 3);
  const detail::Restarts<Plain, double> none(plain, tape, Starts{}, Direction::forward, 3);
  some.enter(1, state), some.enter(3, state), none.enter(0, state);
  CHECK(tape.size() == before);
}

TEST_CASE("no gradient passes from a row that begins anew to the state before; its first state gets it", "[starts]") {
  Tape<double> tape;
  const Starts starts = detail::make_starts<double>(tape, marks);
  const auto state = state_on(tape);
  const FromLearned learned;
  const detail::Restarts<FromLearned, double> restarts(learned, tape, starts, Direction::forward, 3);
  const Tensor<double> upstream({3, 2}, {1, 2, 3, 4, 5, 6});
  tape.backward({{restarts.enter(2, state).hidden, upstream}});
  CHECK(Numbers(state.hidden.gradient().begin(), state.hidden.gradient().end()) == Numbers{0, 0, 3, 4, 0, 0});
  const double* const start = tape.gradient_of(learned.start);
  CHECK(Numbers(start, start + 6) == Numbers{1, 2, 0, 0, 5, 6});
}
