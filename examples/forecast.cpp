// Says the next value of a wave from those before it. Expect a loss below 0.001 in a second.
#include <unroll/unroll.hpp>

#include <cmath>
#include <cstdio>

using namespace unroll;

struct Forecaster {  // a module is a plain struct that names its members
  LstmCell<> lstm{{.inputs = 1, .hidden = 32}, Random(1)};
  Linear<> output{{.inputs = 32, .outputs = 1}, Random(2)};

  Variable<> operator()(Variable<> x) const { return output(run(lstm, x).outputs); }  // [T, N, 1] -> [T, N, 1]
  static void members(auto& self, auto&& visit) {
    visit("lstm", self.lstm);
    visit("output", self.output);
  }
};

int main() {
  Tensor<> wave({101, 1, 1});  // T steps, N sequences, D numbers at each step
  for (std::size_t t = 0; t < wave.size(); ++t) wave[t] = std::sin(0.3f * static_cast<float>(t));

  Forecaster model;
  const auto parameters = parameters_of(model);
  Adam<> adam({.learning_rate = 0.01});
  const auto loss_of = [&](Tape<>& tape) {  // training never sees the last value
    const auto values = tape.constant(wave);
    return mean_squared_error(model(slice(values, 0, 0, 99)), slice(values, 0, 1, 99));
  };
  Tape tape;
  double loss = 0;
  for (int update = 1; update <= 200; ++update) {
    loss = checked_backward(tape, loss_of, parameters);
    adam.update(parameters);
    if (update % 50 == 0) std::printf("update %3d   mean squared error %.6f\n", update, loss);
  }
  Tape reader(Recording::values);  // keeps no step
  const float next = model(slice(reader.constant(wave), 0, 0, 100)).value()[99];
  std::printf("value 101: predicted %.4f, true %.4f\n", next, wave[100]);
  return loss < 0.001 && std::abs(next - wave[100]) < 0.05f ? 0 : 1;
}
