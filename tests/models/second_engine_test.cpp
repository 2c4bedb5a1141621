#include "support/catch.hpp"
#include <unroll/framework/tape/derivatives.hpp>
#include <unroll/framework/tensor/random.hpp>
#include <unroll/models.hpp>
#include <unroll/ops.hpp>

#include <cmath>

/// Every cell by three ways that share no derivative: backward on doubles, values on duals, central differences; and
/// products with the Hessian against differences of gradients.
using namespace unroll;

namespace {

constexpr double step = 1e-6;

constexpr auto outputs_of = [](const auto& model, auto inputs) { return unroll::run(model, inputs).outputs; };
constexpr auto ragged = [](const auto& model, auto inputs) {
  const std::vector<std::size_t> lengths{4, 2};
  return unroll::run(model, inputs, {.lengths = lengths}).outputs;
};

constexpr auto restarted = [](const auto& model, auto inputs) {
  const Tensor<int> starts({4, 2}, {0, 1, 1, 0, 0, 0, 0, 1});
  return unroll::run(model, inputs, {.starts = starts}).outputs;
};

constexpr auto noisy = [](const auto& model, auto inputs) {
  const auto first = initial_state(model, inputs.tape(), inputs.shape()[1]);
  return unroll::run(model, inputs, {.state = first, .noise = Random(33)}).outputs;
};

/// A line for each kind of network: a name, a model of doubles, and how it is run if not by outputs_of.
template <class Check>
void for_each_network(std::size_t layers, const Check& check) {
  check("RNN, tanh", Layers<RnnCell<double>>(layers, {.inputs = 2, .hidden = 3}, Random(1)));
  check("RNN, relu", Layers<RnnCell<double, activation::Relu>>(layers, {.inputs = 2, .hidden = 3}, Random(2)));
  check("LSTM", Layers<LstmCell<double>>(layers, {.inputs = 2, .hidden = 3}, Random(3)));
  check("LSTM, forget bias", Layers<LstmCell<double>>(layers, {.inputs = 2, .hidden = 3, .forget_bias = 1}, Random(4)));
  for (const GruReset reset : {GruReset::after_product, GruReset::before_product})
    check("GRU", Layers<GruCell<double>>(layers, {.inputs = 2, .hidden = 3, .reset = reset}, Random(5)));
  const LstmOptions sizes{.inputs = 2, .hidden = 3};
  check("peepholes", Layers<PeepholeLstmCell<double>>(layers, sizes, Random(6)));
  check("coupled gates", Layers<CoupledLstmCell<double>>(layers, sizes, Random(7)));
  check("normalized LSTM", Layers<LayerNormLstmCell<double>>(layers, sizes, Random(8)));
  check("modified LSTM", Layers<StateClipped<Zoneout<LayerNormalized<LstmCell<double>>>>>(layers, sizes, Random(9)));
  check("projected LSTM",
        Layers<Projected<LstmCell<double>>>(layers, {.inputs = 2, .hidden = 3, .recurrent = 2}, Random(10)));
  check("both directions, RNN", Layers<Bidirectional<RnnCell<double>>>(layers, {.inputs = 2, .hidden = 3}, Random(11)));
  check("both directions, ragged LSTM", Layers<Bidirectional<LstmCell<double>>>(layers, sizes, Random(12)), ragged);
  check("both directions, ragged GRU",
        Layers<Bidirectional<GruCell<double>, Merge::sum>>(layers, {.inputs = 2, .hidden = 3}, Random(13)), ragged);
  check("LSTM of documents", Layers<LstmCell<double>>(layers, sizes, Random(17)), restarted);
  check("both directions, GRU of documents",
        Layers<Bidirectional<GruCell<double>>>(layers, {.inputs = 2, .hidden = 3}, Random(18)), restarted);
  check("projected LSTM of documents",
        Layers<Projected<LstmCell<double>>>(layers, {.inputs = 2, .hidden = 3, .recurrent = 2}, Random(19)), restarted);
  check("before the activation", Layers<PreactivationRnnCell<double>>(layers, {.inputs = 2, .hidden = 3}, Random(14)));
  for (const MinCandidate candidate : {MinCandidate::above_zero, MinCandidate::linear}) {
    check("minimal GRU",
          Layers<MinGruCell<double>>(layers, {.inputs = 2, .hidden = 3, .candidate = candidate}, Random(20)));
    check("minimal LSTM",
          Layers<MinLstmCell<double>>(layers, {.inputs = 2, .hidden = 3, .candidate = candidate}, Random(21)));
  }
  for (const ForgetGate forget : {ForgetGate::sigmoid, ForgetGate::exponential}) {
    check("sLSTM", Layers<SLstmCell<double>>(layers, {.inputs = 2, .hidden = 3, .forget = forget}, Random(22)));
    check("mLSTM",
          Layers<MLstmCell<double>>(layers, {.inputs = 2, .hidden = 4, .heads = 2, .forget = forget}, Random(23)));
  }
  check("LRU", Layers<LruCell<double>>(layers, {.inputs = 2, .hidden = 3}, Random(24)));
  check("both directions, ragged sLSTM",
        Layers<Bidirectional<SLstmCell<double>>>(layers, {.inputs = 2, .hidden = 3}, Random(25)), ragged);
  check("both directions, ragged mLSTM",
        Layers<Bidirectional<MLstmCell<double>>>(layers, {.inputs = 2, .hidden = 3}, Random(26)), ragged);
  check("mLSTM of documents", Layers<MLstmCell<double>>(layers, {.inputs = 2, .hidden = 3}, Random(27)), restarted);
  check("LRU of documents", Layers<LruCell<double>>(layers, {.inputs = 2, .hidden = 3}, Random(28)), restarted);
  check("dropped LSTM", Layers<VariationalDropout<LstmCell<double>>>(layers, sizes, Random(15)), noisy);
  check("shortcuts around dropped GRUs",
        Layers<Residual<VariationalDropout<GruCell<double>>>>(layers, {.inputs = 2, .hidden = 2}, Random(16)), noisy);
}

NamedTensors direction_for(const auto& model, std::uint64_t seed) {
  NamedTensors direction;
  for_each_parameter(model, [&](const std::string& name, const auto& parameter) {
    direction[name] = normal<double>(Random(seed).split(direction.size()), parameter.shape());
  });
  return direction;
}

template <class Model>
Model moved(const Model& model, const NamedTensors& direction, double distance) {
  Model result = model;
  for_each_parameter(result, [&](const std::string& name, Parameter<double>& parameter) {
    const auto value = parameter.mutable_value();
    for (std::size_t i = 0; i < parameter.shape().size(); ++i) value[i] += distance * direction.at(name)[i];
  });
  return result;
}

double inner(const NamedTensors& a, const NamedTensors& b) {
  double sum = 0;
  for (const auto& [name, tensor] : a)
    for (std::size_t i = 0; i < tensor.size(); ++i) sum += tensor[i] * b.at(name)[i];
  return sum;
}
double size_of(const NamedTensors& a) { return std::sqrt(inner(a, a)); }
NamedTensors difference(NamedTensors a, const NamedTensors& b, double divisor) {
  for (auto& [name, tensor] : a)
    for (std::size_t i = 0; i < tensor.size(); ++i) tensor[i] = (tensor[i] - b.at(name)[i]) / divisor;
  return a;
}

/// By doubles and the tape.
template <class Loss, class Model>
std::pair<double, NamedTensors> gradient_of(const Loss& loss, Model model) {
  const auto parameters = parameters_of<double>(model);
  Tape<double> tape;
  const auto y = loss(tape, model);
  const double value = y.item();
  backward(y, parameters);
  NamedTensors gradient;
  for (const auto& [name, parameter] : parameters) gradient[name] = parameter->gradient();
  return {value, gradient};
}

template <class Loss, class Model>
void check_derivatives(const Loss& loss, const Model& model) {
  const NamedTensors u = direction_for(model, 10), v = direction_for(model, 20);
  const auto [value, gradient] = gradient_of(loss, model);
  const auto along_u = hessian_vector_product(loss, model, u), along_v = hessian_vector_product(loss, model, v);
  const auto [above, gradient_above] = gradient_of(loss, moved(model, v, step));
  const auto [below, gradient_below] = gradient_of(loss, moved(model, v, -step));

  const auto [same_value, slope] = jvp(loss, model, v);
  CHECK(same_value[0] == Approx(value).epsilon(1e-13));
  CHECK(slope[0] == Approx(inner(gradient, v)).epsilon(1e-12));
  CHECK(slope[0] == Approx((above - below) / (2 * step)).epsilon(1e-5).margin(1e-8));

  CHECK(along_v.loss == Approx(value).epsilon(1e-13));
  CHECK(size_of(difference(along_v.gradient, gradient, 1)) <= 1e-12 * size_of(gradient));
  const NamedTensors by_difference = difference(gradient_above, gradient_below, 2 * step);
  CHECK(size_of(by_difference) > 1e-3);
  CHECK(size_of(difference(along_v.product, by_difference, 1)) <= 1e-8 + 1e-5 * size_of(by_difference));
  CHECK(inner(u, along_v.product) == Approx(inner(v, along_u.product)).epsilon(1e-11));
}

/// Whatever runs a model on inputs [T, N, D]: one number of its outputs, and all of them by parameters and inputs.
template <class Model, class Run>
void check_network(const Model& model, const Run& run) {
  const auto x = normal<double>(Random(30), {4, 2, 2}), dx = normal<double>(Random(31), {4, 2, 2});
  check_derivatives(
      [&]<class Scalar>(Tape<Scalar>& tape, const auto& any_model) {
        const auto outputs = run(any_model, tape.constant(cast<Scalar>(x)));
        return sum(outputs * normal<Scalar>(Random(32), outputs.shape()));
      },
      model);

  const NamedTensors v = direction_for(model, 40);
  const auto function = [&](auto&, const auto& any_model, auto in) { return run(any_model, in[0]); };
  const auto tangent = jvp(function, model, v, {x}, {dx}).tangent;
  const auto outputs_at = [&](double distance) {
    Tape<double> tape;
    Tensor<double> inputs = x;
    for (std::size_t i = 0; i < x.size(); ++i) inputs[i] += distance * dx[i];
    return Tensor<double>(run(moved(model, v, distance), tape.constant(inputs)).value());
  };
  const auto above = outputs_at(step), below = outputs_at(-step);
  for (std::size_t i = 0; i < tangent.size(); ++i)
    CHECK(tangent[i] == Approx((above[i] - below[i]) / (2 * step)).epsilon(1e-5).margin(1e-8));
}

/// Sequences of two lengths made one row each.
template <class Scalar>
struct Pooled {
  Stack<Reversed<GruCell<Scalar>>, LstmCell<Scalar>> layers{
      Reversed<GruCell<Scalar>>({.inputs = 2, .hidden = 3}, Random(1)),
      LstmCell<Scalar>({.inputs = 3, .hidden = 3}, Random(2))};
  AttentionPooling<Scalar> pooling{{.inputs = 3, .hidden = 2}, Random(3)};

  Pooled() { layers.dropout.rate = 0.3; }
  template <class Other>
  explicit Pooled(const Pooled<Other>& other) : layers(other.layers), pooling(other.pooling) {}

  Variable<Scalar> operator()(Variable<Scalar> inputs) const {
    const std::vector<std::size_t> lengths{4, 2};
    const auto first = initial_state(layers, inputs.tape(), 2);
    const auto outputs = unroll::run(layers, inputs, {.state = first, .noise = Random(4), .lengths = lengths}).outputs;
    return pooling(Sequence<Scalar>{outputs, lengths});
  }
  static void members(auto& self, auto&& visit) { visit("layers", self.layers), visit("pooling", self.pooling); }
};

/// A user's model: tokens in, logits out.
template <class Scalar>
struct LanguageModel {
  Embedding<Scalar> embedding{{.tokens = 4, .width = 2}, Random(1)};
  Layers<GruCell<Scalar>> layers{2, {.inputs = 2, .hidden = 3}, Random(2), 0.3};
  LayerNorm<Scalar> norm{3};
  Sequential<Linear<Scalar>, activation::Tanh, OutputLayer<Scalar>> output{
      Linear<Scalar>({.inputs = 3, .outputs = 3}, Random(3)), activation::Tanh(),
      OutputLayer<Scalar>({.inputs = 3, .outputs = 4}, Random(4))};

  LanguageModel() = default;
  template <class Other>
  explicit LanguageModel(const LanguageModel<Other>& other)
      : embedding(other.embedding), layers(other.layers), norm(other.norm), output(other.output) {}

  Variable<Scalar> operator()(Tape<Scalar>& tape, const Tensor<int>& tokens) const {
    const auto inputs = embedding(tape, tokens);
    const auto first = initial_state(layers, tape, tokens.shape()[1]);
    return output(norm(unroll::run(layers, inputs, {.state = first, .noise = Random(5)}).outputs));
  }
  static void members(auto& self, auto&& visit) {
    visit("embedding", self.embedding), visit("layers", self.layers);
    visit("norm", self.norm), visit("output", self.output);
  }
};

}  // namespace

TEST_CASE("reverse, forward, differences and Hessians agree on every cell, over layers", "[models][second engine]") {
  const std::size_t layers = GENERATE(1u, 2u, 3u);
  const auto check = [&](const char* name, const auto& model, auto... run) {
    INFO(name << ", layers: " << layers);
    if constexpr (sizeof...(run) == 0)
      check_network(model, outputs_of);
    else
      check_network(model, run...);
  };
  for_each_network(layers, check);
}

TEST_CASE("they agree on a model of tokens with every kind of layer", "[models][second engine]") {
  const Tensor<int> tokens({5, 2}, {0, 1, 3, 2, 2, 1, 0, 0, 3, 1});
  check_derivatives([&](auto& tape, const auto& model) { return cross_entropy(model(tape, tokens), tokens); },
                    LanguageModel<double>());
}

TEST_CASE("they agree on a stack of several kinds, with dropout and attention over its outputs",
          "[models][second engine]") {
  check_network(Pooled<double>(), [](const auto& model, auto inputs) { return model(inputs); });
}

TEST_CASE("they agree when a sequence is run again from checkpoints", "[models][second engine]") {
  const Layers<LstmCell<double>> model(2, {.inputs = 2, .hidden = 3}, Random(6));
  check_network(model, [](const auto& layers, auto inputs) {
    return unroll::run(layers, inputs, {.checkpoints = Checkpoints{.schedule = Checkpoints::binomial, .states = 2}})
        .outputs;
  });
}

TEST_CASE("a model of duals keeps what is no parameter, and what is frozen", "[models][second engine]") {
  Layers<GruCell<double>> model(2, {.inputs = 2, .hidden = 3, .reset = GruReset::before_product}, Random(7), 0.25);
  model.cells[1].weights.input_bias.frozen = true;
  const Layers<GruCell<DualNumber>> duals = dual_model(model, {});
  CHECK(duals.cells[1].reset == GruReset::before_product);
  CHECK(duals.dropout.rate == 0.25);
  CHECK(duals.cells[1].weights.input_bias.frozen);
  CHECK(duals.cells[0].weights.input_weight.value()[1].value == model.cells[0].weights.input_weight.value()[1]);

  Stack stack(LstmCell<double>({.inputs = 2, .hidden = 3}, Random(8)),
              Bidirectional<GruCell<double>>({.inputs = 3, .hidden = 2}, Random(9)));
  stack.residual = true;
  CHECK(dual_model(stack, {}).residual);

  LayerNorm<double> norm(2);
  norm.epsilon = 0.5;
  CHECK(dual_model(norm, {}).epsilon == 0.5);
}
