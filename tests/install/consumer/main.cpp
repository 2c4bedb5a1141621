// A user's project: a cell of its own, unrolled, trained in float and proved in double.
#include <unroll/unroll.hpp>

#include <cstdio>
#include <iostream>

#if __has_include("framework/tape/tape.hpp") || __has_include(<ops/map.hpp>) || __has_include(<models/layers/linear.hpp>)
#error "a folder of unroll with a name that anybody could use is on the include path"
#endif

/// In array.cpp, which is the only file here to pay for compiling xtensor.
double twice_through_xtensor(double number);

namespace {

/// One gate between keeping the state and taking the candidate: h' = h + σ(g) (tanh(c) - h).
template <class Scalar = float>
struct GatedCell {
  struct State {
    unroll::Variable<Scalar> hidden;  // [N, H]
  };
  unroll::Linear<Scalar> from_input, from_hidden;

  std::size_t hidden_size() const { return from_hidden.weight.shape()[1]; }
  State step(unroll::Variable<Scalar> input, const State& previous) const {
    const auto [gate, candidate] = unroll::split<2>(from_input(input) + from_hidden(previous.hidden));
    return {unroll::map([](auto g, auto c, auto h) { return h + sigmoid(g) * (tanh(c) - h); }, gate, candidate,
                        previous.hidden)};
  }
  static void members(auto& self, auto&& visit) {
    visit("from_input", self.from_input);
    visit("from_hidden", self.from_hidden);
  }
};

template <class Scalar>
GatedCell<Scalar> make_cell(std::size_t inputs, std::size_t hidden) {
  const unroll::Random random(1);
  return {{{.inputs = inputs, .outputs = 2 * hidden}, random.split(0)},
          {{.inputs = hidden, .outputs = 2 * hidden}, random.split(1)}};
}

/// Every parameter, over four steps of a batch of three.
bool gradients_are_right() {
  auto cell = make_cell<double>(2, 5);
  const auto inputs = unroll::normal<double>(unroll::Random(2), {4, 3, 2});
  const auto report = unroll::check_gradients(
      cell, [&](auto& tape, const auto& checked) { return unroll::run(checked, tape.constant(inputs)).outputs; });
  std::cout << report << '\n';
  return report.passed();
}

/// Fifty plain steps down the gradient, towards outputs of one half.
bool learns() {
  auto cell = make_cell<float>(2, 5);
  const auto parameters = unroll::parameters_of(cell);
  const auto inputs = unroll::normal(unroll::Random(3), {4, 3, 2});
  unroll::Tape<> tape;
  float first = 0, last = 0;
  for (int step = 0; step < 50; ++step) {
    tape.clear();
    parameters.zero_gradients();
    const auto distance = unroll::run(cell, tape.constant(inputs)).outputs - 0.5F;
    const auto loss = mean(distance * distance);
    backward(loss, parameters);
    for (const auto& [name, parameter] : parameters)
      for (std::size_t i = 0; i < parameter->value().size(); ++i)
        parameter->mutable_value()[i] -= parameter->gradient()[i];
    (step == 0 ? first : last) = loss.item();
  }
  std::printf("mean squared distance: %.4f at first, %.4f at last\n", double(first), double(last));
  return last < first / 4;
}

bool errors_cross_the_library() {
  try {
    unroll::Variable<float>().shape();
  } catch (const unroll::TapeError&) {
    return true;
  }
  return false;
}

}  // namespace

int main() {
  return gradients_are_right() && learns() && errors_cross_the_library() && twice_through_xtensor(3) == 6 ? 0 : 1;
}
