#include "support/messages.hpp"
#include "support/small_model.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tape/derivatives.hpp>

using namespace unroll;
using namespace unroll::testing;

namespace {

/// w[0] w[1]² b[0], as an op of its own.
constexpr auto loss = []<class Scalar>(Tape<Scalar>& tape, const auto& model) {
  const auto w = tape.use(model.weight), b = tape.use(model.bias);
  const auto y = tape.record("test", {}, {w, b});
  const Scalar p = w.value()[0], q = w.value()[1], r = b.value()[0];
  *y.writable() = p * q * q * r;
  y.on_backward([=] {
    const Scalar arrived = *y.upstream();
    if (w.needs_gradient())
      w.mutable_gradient()[0] += arrived * q * q * r, w.mutable_gradient()[1] += arrived * 2 * p * q * r;
    if (b.needs_gradient()) b.mutable_gradient()[0] += arrived * p * q * q;
  });
  return y;
};

/// SmallModel with the constructor that dual_model asks for.
template <class Scalar>
struct Model : SmallModel<Scalar> {
  Model() : SmallModel<Scalar>({2}, {1}) {}
  template <class Other>
  explicit Model(const Model<Other>& other) {
    this->weight = Parameter<Scalar>(other.weight);
    this->bias = Parameter<Scalar>(other.bias);
  }
};

Model<double> model_of_2_3_5() {
  Model<double> model;
  *model.weight.mutable_value() = Tensor<double>({2}, {2, 3});
  *model.bias.mutable_value() = Tensor<double>({1}, {5});
  return model;
}

Tensor<double> vector(std::vector<double> numbers) {
  const Shape shape{numbers.size()};
  return {shape, std::move(numbers)};
}

struct Nothing {
  static void members(auto&, auto&&) {}
};

}  // namespace

TEST_CASE("the Hessian times a direction is that of the formula, beside loss and gradient", "[derivatives]") {
  // p q² r at (2, 3, 5), along (1, -1, 2): H = (0, 2qr, q²; 2qr, 2pr, 2pq; q², 2pq, 0)
  const auto found =
      hessian_vector_product(loss, model_of_2_3_5(), {{"weight", vector({1, -1})}, {"bias", vector({2})}});
  CHECK(found.loss == 90);
  CHECK(found.gradient == NamedTensors{{"weight", vector({45, 60})}, {"bias", vector({18})}});
  CHECK(found.product == NamedTensors{{"weight", vector({-30 + 18, 30 - 20 + 24})}, {"bias", vector({9 - 12})}});
}

TEST_CASE("a parameter that the direction leaves out stays, and a frozen one has no part in it", "[derivatives]") {
  auto model = model_of_2_3_5();
  const auto along_bias = hessian_vector_product(loss, model, {{"bias", vector({2})}});
  CHECK(along_bias.product == NamedTensors{{"weight", vector({18, 24})}, {"bias", vector({0})}});
  model.bias.frozen = true;
  const auto frozen = hessian_vector_product(loss, model, {{"weight", vector({1, 0})}});
  CHECK(frozen.gradient == NamedTensors{{"weight", vector({45, 60})}});
  CHECK(frozen.product == NamedTensors{{"weight", vector({0, 30})}});
}

TEST_CASE("a parameter that the loss does not use has zeros", "[derivatives]") {
  const auto product = [](auto& tape, const auto& model) { return tape.use(model.bias); };
  const auto found = hessian_vector_product(product, model_of_2_3_5(), {{"weight", vector({1, 1})}});
  CHECK(found.gradient == NamedTensors{{"weight", vector({0, 0})}, {"bias", vector({1})}});
  CHECK(found.product == NamedTensors{{"weight", vector({0, 0})}, {"bias", vector({0})}});
}

TEST_CASE("a directional derivative is that of the formula: of parameters, of inputs, of both", "[derivatives]") {
  const auto of_model = jvp(loss, model_of_2_3_5(), {{"weight", vector({1, -1})}});
  CHECK(of_model.value == Tensor<double>({}, {90}));
  CHECK(of_model.tangent == Tensor<double>({}, {45 - 60}));

  const auto square = [](auto&, auto in) {
    const auto x = in[0];
    const auto y = x.tape().record("square", x.shape(), {x});
    for (std::size_t i = 0; i < x.shape().size(); ++i) y.writable()[i] = x.value()[i] * x.value()[i];
    return y;
  };
  const auto of_input = jvp(square, {vector({2, 3})}, {vector({1, -1})});
  CHECK(of_input.value == vector({4, 9}));
  CHECK(of_input.tangent == vector({4, -6}));

  const auto times = [](auto& tape, const auto& model, auto in) {
    const auto w = tape.use(model.weight);
    const auto y = tape.record("times", w.shape(), {w, in[0]});
    for (std::size_t i = 0; i < 2; ++i) y.writable()[i] = w.value()[i] * in[0].value()[i];
    return y;
  };
  const auto of_both =
      jvp(times, model_of_2_3_5(), {{"weight", vector({1, -1})}}, {vector({10, 20})}, {vector({0.5, 2})});
  CHECK(of_both.value == vector({20, 60}));
  CHECK(of_both.tangent == vector({10 + 1, -20 + 6}));
}

TEST_CASE("a model that cannot be converted is filled by set_duals", "[derivatives]") {
  SmallModel<DualNumber> duals({2}, {1});
  set_duals(duals, model_of_2_3_5(), {{"bias", vector({2})}});
  const auto found = hessian_vector_product(loss, duals);
  CHECK(found.loss == 90);
  CHECK(found.product == NamedTensors{{"weight", vector({18, 24})}, {"bias", vector({0})}});
}

TEST_CASE("directions, models and inputs that do not fit are refused", "[derivatives]") {
  auto model = model_of_2_3_5();
  const auto message = [&](const NamedTensors& direction) {
    return message_of<ArgumentError>([&] { dual_model(model, direction); });
  };
  CHECK(message({{"wieght", vector({1, 1})}})
        == R"(dual_model: the direction names "wieght", which the model has not (it has "weight", "bias"))");
  model.bias.frozen = true;
  CHECK(message({{"bias", vector({1})}})
        == R"(dual_model: the direction names "bias", which is frozen: it does not move)");
  CHECK(
      message_of<ShapeError>([&] {
        dual_model(model, {{"weight", vector({1, 1, 1})}});
      })
      == R"(dual_model: parameter "weight" and its direction: shapes differ: left [2], right [3] (the features differ: were the two made for different layers?))");

  Nothing nothing;
  CHECK(message_of<ArgumentError>([&] { set_duals(nothing, model, {}); })
        == R"(dual_model: the model of duals has no parameter "weight" (was it made as the model was?))");
  SmallModel<DualNumber> small({2}, {1});
  CHECK(message_of<ArgumentError>([&] { set_duals(small, nothing, {}); })
        == R"(dual_model: the model has no parameter "weight", but that of duals has (was it made as the model was?))");
  Nothing empty;
  CHECK(message_of<ArgumentError>([&] {
          set_duals(empty, nothing, {{"a", vector({1})}});
        })
        == R"(dual_model: the direction names "a", which the model has not (it has no parameters))");
  SmallModel<DualNumber> wide({3}, {1});
  CHECK(
      message_of<ShapeError>([&] { set_duals(wide, model, {}); })
      == R"(dual_model: parameter "weight" of the model and of that of duals: shapes differ: left [2], right [3] (the features differ: were the two made for different layers?))");

  const auto first = [](auto&, auto in) { return in[0]; };
  CHECK(message_of<ArgumentError>([&] { jvp(first, {vector({1})}, {}); })
        == "jvp: 1 inputs and 0 tangents given, expected a tangent for each input (zeros for one that does not move)");
  CHECK(message_of<ShapeError>([&] {
          jvp(first, {vector({1})}, {vector({1, 2})});
        })
        == "jvp: input 0 and its tangent: shapes differ: left [1], right [2] (the features differ: were the two made for different layers?)");
  const auto weight = [](auto& tape, const auto& duals) { return tape.use(duals.weight); };
  CHECK(message_of<ShapeError>([&] { hessian_vector_product(weight, model, {}); })
        == "backward: the loss has shape [2], expected one number (take its sum or mean, or give a cotangent)");
}
