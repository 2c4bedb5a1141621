// The three cells as a user of the library would write them, with what is public: Parameters, linear and map.
#include "benchmark/model.hpp"

#include <cmath>

namespace benchmark {

namespace {

struct Sizes {
  std::size_t inputs, hidden;
};

Parameter<> weight(const Random& random, std::size_t rows, std::size_t columns) {
  const double limit = 1 / std::sqrt(static_cast<double>(columns));
  return Parameter(uniform<float>(random, {rows, columns}, -limit, limit));
}

struct MyRnn {
  using Options = Sizes;
  using State = HiddenState<>;
  Parameter<> of_input, of_hidden, bias;

  MyRnn(const Sizes& sizes, const Random& random)
      : of_input(weight(random.split(0), sizes.hidden, sizes.inputs)),
        of_hidden(weight(random.split(1), sizes.hidden, sizes.hidden)),
        bias(Tensor<float>({sizes.hidden})) {}
  std::size_t hidden_size() const { return of_hidden.shape()[1]; }

  Variable<> project(Variable<> inputs) const { return linear(inputs, of_input, bias); }
  State step(Variable<> projected, const State& previous) const {
    return {tanh(add_linear(projected, previous.hidden, of_hidden))};
  }
  static void members(auto& self, auto&& visit) {
    visit("of_input", self.of_input), visit("of_hidden", self.of_hidden), visit("bias", self.bias);
  }
};

struct MyGru {
  using Options = Sizes;
  using State = HiddenState<>;
  Parameter<> of_input, of_hidden, bias, hidden_bias;

  MyGru(const Sizes& sizes, const Random& random)
      : of_input(weight(random.split(0), 3 * sizes.hidden, sizes.inputs)),
        of_hidden(weight(random.split(1), 3 * sizes.hidden, sizes.hidden)),
        bias(Tensor<float>({3 * sizes.hidden})),
        hidden_bias(Tensor<float>({3 * sizes.hidden})) {}
  std::size_t hidden_size() const { return of_hidden.shape()[1]; }

  Variable<> project(Variable<> inputs) const { return linear(inputs, of_input, bias); }
  State step(Variable<> projected, const State& previous) const {
    const auto [rx, zx, nx] = split<3>(projected);
    const auto [rh, zh, nh] = split<3>(linear(previous.hidden, of_hidden, hidden_bias));
    return {map(
        [](auto rx, auto zx, auto nx, auto rh, auto zh, auto nh, auto h) {
          const auto r = sigmoid(rx + rh), z = sigmoid(zx + zh), n = tanh(nx + r * nh);
          return n + z * (h - n);
        },
        rx, zx, nx, rh, zh, nh, previous.hidden)};
  }
  static void members(auto& self, auto&& visit) {
    visit("of_input", self.of_input), visit("of_hidden", self.of_hidden);
    visit("bias", self.bias), visit("hidden_bias", self.hidden_bias);
  }
};

struct MyLstm {
  using Options = Sizes;
  struct State {
    Variable<> hidden, memory;
  };
  Parameter<> of_input, of_hidden, bias;

  MyLstm(const Sizes& sizes, const Random& random)
      : of_input(weight(random.split(0), 4 * sizes.hidden, sizes.inputs)),
        of_hidden(weight(random.split(1), 4 * sizes.hidden, sizes.hidden)),
        bias(Tensor<float>({4 * sizes.hidden})) {}
  std::size_t hidden_size() const { return of_hidden.shape()[1]; }

  Variable<> project(Variable<> inputs) const { return linear(inputs, of_input, bias); }
  State step(Variable<> projected, const State& previous) const {
    const auto [i, f, g, o] = split<4>(add_linear(projected, previous.hidden, of_hidden));
    const auto [hidden, memory] = map(
        [](auto i, auto f, auto g, auto o, auto c) {
          const auto next = sigmoid(f) * c + sigmoid(i) * tanh(g);
          return std::tuple{sigmoid(o) * tanh(next), next};
        },
        i, f, g, o, previous.memory);
    return {hidden, memory};
  }
  static void members(auto& self, auto&& visit) {
    visit("of_input", self.of_input), visit("of_hidden", self.of_hidden), visit("bias", self.bias);
  }
};

}  // namespace

std::function<double()> make_custom_step(const Options& options) {
  if (options.cell == "rnn") return make_step<MyRnn>(options);
  if (options.cell == "gru") return make_step<MyGru>(options);
  return make_step<MyLstm>(options);
}

}  // namespace benchmark
