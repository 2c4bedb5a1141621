#include "support/messages.hpp"
#include "support/models.hpp"
#include <unroll/framework/diagnostics/gradient_check.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/optimizers/any_optimizer.hpp>
#include <unroll/framework/optimizers/schedule.hpp>
#include <unroll/framework/tensor/initializer.hpp>
#include <unroll/models.hpp>

#include <cmath>
#include <functional>

using namespace unroll;
using Catch::Matchers::Contains;

namespace {

enum class Takes { none = 0, minus_one = 1, infinity = 2 };

/// An option, as its message names it, and a use of it with a number.
struct Option {
  std::string owner, name;
  std::function<void(double)> use;
  Takes takes = Takes::none;
};

template <class Chosen>
Option of_optimizer(const char* owner, const char* name, double Chosen::Options::*member) {
  return {owner, name, [member](double number) {
            typename Chosen::Options options;
            options.*member = number;
            Chosen(std::move(options));
          }};
}
template <class Chosen>
Option of_schedule(const char* owner, const char* name, double Chosen::Options::*member) {
  return of_optimizer<Chosen>(owner, name, member);
}

std::vector<Option> of_framework() {
  return {
      of_optimizer<Sgd<>>("sgd", "learning_rate", &Sgd<>::Options::learning_rate),
      of_optimizer<Sgd<>>("sgd", "momentum", &Sgd<>::Options::momentum),
      of_optimizer<Sgd<>>("sgd", "weight_decay", &Sgd<>::Options::weight_decay),
      of_optimizer<Adagrad<>>("adagrad", "learning_rate", &Adagrad<>::Options::learning_rate),
      of_optimizer<Adagrad<>>("adagrad", "epsilon", &Adagrad<>::Options::epsilon),
      of_optimizer<Adagrad<>>("adagrad", "weight_decay", &Adagrad<>::Options::weight_decay),
      of_optimizer<RmsProp<>>("rmsprop", "learning_rate", &RmsProp<>::Options::learning_rate),
      of_optimizer<RmsProp<>>("rmsprop", "decay", &RmsProp<>::Options::decay),
      of_optimizer<RmsProp<>>("rmsprop", "epsilon", &RmsProp<>::Options::epsilon),
      of_optimizer<RmsProp<>>("rmsprop", "momentum", &RmsProp<>::Options::momentum),
      of_optimizer<RmsProp<>>("rmsprop", "weight_decay", &RmsProp<>::Options::weight_decay),
      of_optimizer<Adam<>>("adam", "learning_rate", &Adam<>::Options::learning_rate),
      of_optimizer<Adam<>>("adam", "beta_1", &Adam<>::Options::beta_1),
      of_optimizer<Adam<>>("adam", "beta_2", &Adam<>::Options::beta_2),
      of_optimizer<Adam<>>("adam", "epsilon", &Adam<>::Options::epsilon),
      of_optimizer<Adam<>>("adam", "weight_decay", &Adam<>::Options::weight_decay),
      of_optimizer<AdamW<>>("adamw", "learning_rate", &AdamW<>::Options::learning_rate),
      of_optimizer<AdamW<>>("adamw", "beta_1", &AdamW<>::Options::beta_1),
      of_optimizer<AdamW<>>("adamw", "beta_2", &AdamW<>::Options::beta_2),
      of_optimizer<AdamW<>>("adamw", "epsilon", &AdamW<>::Options::epsilon),
      of_optimizer<AdamW<>>("adamw", "weight_decay", &AdamW<>::Options::weight_decay),
      of_schedule<ConstantSchedule>("constant", "learning_rate", &ConstantSchedule::Options::learning_rate),
      of_schedule<StepSchedule>("step", "learning_rate", &StepSchedule::Options::learning_rate),
      of_schedule<StepSchedule>("step", "factor", &StepSchedule::Options::factor),
      of_schedule<StepSchedule>("step", "interval", &StepSchedule::Options::interval),
      of_schedule<CosineSchedule>("cosine", "learning_rate", &CosineSchedule::Options::learning_rate),
      of_schedule<CosineSchedule>("cosine", "final_rate", &CosineSchedule::Options::final_rate),
      of_schedule<PlateauSchedule>("plateau", "learning_rate", &PlateauSchedule::Options::learning_rate),
      of_schedule<PlateauSchedule>("plateau", "factor", &PlateauSchedule::Options::factor),
      of_schedule<PlateauSchedule>("plateau", "threshold", &PlateauSchedule::Options::threshold),
      of_schedule<PlateauSchedule>("plateau", "final_rate", &PlateauSchedule::Options::final_rate),
      {"warm_up", "fraction", [](double x) { WarmUp(ConstantSchedule({}), {.fraction = x}); }},
      {"warm_up", "fraction", [](double x) { make_schedule("constant", 0.1, {.warm_up = x}); }},
      {"cosine", "final_rate", [](double x) { make_schedule("cosine", 0.1, {.final_rate = x}); }},
      {"step", "factor", [](double x) { make_schedule("step", 0.1, {.factor = x}); }},
      {"step", "interval", [](double x) { make_schedule("step", 0.1, {.interval = x}); }},
      {"sgd", "learning_rate", [](double x) { make_optimizer("sgd", {.learning_rate = x}); }},
      {"sgd", "momentum", [](double x) { make_optimizer("nesterov", {.momentum = x}); }},
      {"adamw", "weight_decay", [](double x) { make_optimizer("adamw", {.weight_decay = x}); }},
      {"adam", "learning_rate_scale",
       [](double x) { make_optimizer("adam", {.groups = {{.prefix = "a", .learning_rate_scale = x}}}); }},
      {"adam", "weight_decay",
       [](double x) { make_optimizer("adam", {.groups = {{.prefix = "a", .weight_decay = x}}}); }},
      {"check_gradients", "relative_tolerance",
       [](double x) {
         check_gradients([](auto&, auto in) { return in[0]; }, {Tensor<double>({1}, 1)}, {}, {.relative_tolerance = x});
       }},
      {"check_gradients", "absolute_tolerance",
       [](double x) {
         check_gradients([](auto&, auto in) { return in[0]; }, {Tensor<double>({1}, 1)}, {}, {.absolute_tolerance = x});
       }},
      {"uniform", "low", [](double x) { uniform(Random(1), {2}, x, 2); }, Takes::minus_one},
      {"uniform", "high", [](double x) { uniform(Random(1), {2}, 0, x); }},
      {"normal", "mean", [](double x) { normal(Random(1), {2}, x); }, Takes::minus_one},
      {"normal", "deviation", [](double x) { normal(Random(1), {2}, 0, x); }},
      {"xavier_uniform", "gain",
       [](double x) {
         xavier_uniform(Random(1), {2, 2}, x);
       },
       Takes::minus_one},
      {"orthogonal", "gain",
       [](double x) {
         orthogonal(Random(1), {2, 2}, x);
       },
       Takes::minus_one},
      {"he_normal", "slope",
       [](double x) {
         he_normal(Random(1), {2, 2}, x);
       },
       Takes::minus_one},
      {"identity", "gain",
       [](double x) {
         identity({2, 2}, x);
       },
       Takes::minus_one},
  };
}

const Tensor<> two_rows({2, 3}, 0.5f);

/// A use of an op on numbers of no interest.
Option of_op(const char* owner, const char* name, std::function<void(Variable<>, double)> use,
             Takes takes = Takes::none) {
  return {owner, name,
          [use](double number) {
            Tape<> tape;
            use(tape.input(two_rows), number);
          },
          takes};
}

std::vector<Option> of_ops() {
  static const Tensor<int> targets({2}, {0, 2});
  const auto smoothed = [](Variable<> x, double number) { cross_entropy(x, targets, {.label_smoothing = number}); };
  const auto weighted = [](Variable<> x, double number) {
    const std::vector<float> weights{1, static_cast<float>(number), 1};
    cross_entropy(x, targets, {.class_weights = weights});
  };
  const auto normalized = [](Variable<> x, double number) { layer_norm(x, Tensor<>({3}, 1), Tensor<>({3}), number); };
  return {
      of_op("cross_entropy", "label_smoothing", smoothed),
      of_op("cross_entropy", "class weight 1", weighted),
      of_op("layer_norm", "epsilon", normalized),
      of_op("dropout", "rate", [](Variable<> x, double number) { dropout(x, number, Random(1)); }),
      of_op("sequence_dropout", "rate", [](Variable<> x, double number) { sequence_dropout(x, number, Random(1)); }),
      of_op("zoneout", "rate", [](Variable<> x, double number) { zoneout(x, x, number, Random(1)); }),
      of_op("zoneout_mean", "rate", [](Variable<> x, double number) { zoneout_mean(x, x, number); }),
      of_op(
          "huber", "delta", [](Variable<> x, double number) { huber(x, two_rows, static_cast<float>(number)); },
          Takes::infinity)};
}

template <class Cell>
Option of_bias(const char* owner) {
  return {owner, "forget_bias",
          [](double number) { Cell({.inputs = 2, .hidden = 3, .forget_bias = number}, Random(1)); }, Takes::minus_one};
}

std::vector<Option> of_models() {
  static const LstmCell<> cell({.inputs = 2, .hidden = 3}, Random(1));
  return {
      of_bias<LstmCell<>>("LstmCell"),
      of_bias<CoupledLstmCell<>>("CoupledLstmCell"),
      of_bias<PeepholeLstmCell<>>("PeepholeLstmCell"),
      of_bias<LayerNormLstmCell<>>("LayerNormLstmCell"),
      of_bias<MinLstmCell<>>("MinLstmCell"),
      of_bias<SLstmCell<>>("SLstmCell"),
      of_bias<MLstmCell<>>("MLstmCell"),
      {"MinGruCell", "update_bias",
       [](double x) { MinGruCell<>({.inputs = 2, .hidden = 3, .update_bias = x}, Random(1)); }, Takes::minus_one},
      {"LruCell", "least_radius",
       [](double x) { LruCell<>({.inputs = 2, .hidden = 3, .least_radius = x}, Random(1)); }},
      {"LruCell", "largest_radius",
       [](double x) { LruCell<>({.inputs = 2, .hidden = 3, .largest_radius = x}, Random(1)); }},
      {"LruCell", "largest_phase",
       [](double x) { LruCell<>({.inputs = 2, .hidden = 3, .largest_phase = x}, Random(1)); }},
      {"GruCell", "update_bias", [](double x) { GruCell<>({.inputs = 2, .hidden = 3, .update_bias = x}, Random(1)); },
       Takes::minus_one},
      {"irnn", "scale", [](double x) { irnn<float>({.inputs = 2, .hidden = 3, .scale = x}, Random(1)); },
       Takes::minus_one},
      {"irnn", "input_deviation",
       [](double x) { irnn<float>({.inputs = 2, .hidden = 3, .input_deviation = x}, Random(1)); }},
      {"Zoneout", "hidden state", [](double x) { Zoneout(cell, {.hidden = x}); }},
      {"Zoneout", "cell", [](double x) { Zoneout(cell, {.cell = x}); }},
      {"VariationalDropout", "inputs", [](double x) { VariationalDropout(cell, {.inputs = x}); }},
      {"VariationalDropout", "hidden state", [](double x) { VariationalDropout(cell, {.hidden = x}); }},
      {"StateClipped", "limit", [](double x) { StateClipped(cell, x); }, Takes::infinity},
      {"Layers", "dropout_rate", [](double x) { Layers<LstmCell<>>({cell}, x); }},
      {"Layers", "dropout_rate", [](double x) { Layers<LstmCell<>>(2, {.inputs = 2, .hidden = 3}, Random(1), x); }},
      {"gradient_flow", "clip_norm",
       [](double x) {
         gradient_flow(Layers<LstmCell<>>({cell}), Tensor<>({2, 1, 2}, 1), [](auto y) { return sum(y); },
                       {.clip_norm = x});
       },
       Takes::infinity},
  };
}

}  // namespace

TEST_CASE("a number of an option that is outside its range is refused where it enters", "[options][error]") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (const auto& options : {of_framework(), of_ops(), of_models()})
    for (const auto& [owner, name, use, takes] : options) {
      INFO(owner << " " << name);
      const auto expect_refused = [&](double number) {
        INFO(number);
        const std::string message = message_of<ArgumentError>([&] { use(number); });
        CHECK_THAT(message, Contains(owner) && Contains(name) && Contains("expected"));
      };
      expect_refused(std::nan(""));
      expect_refused(-infinity);
      if (takes != Takes::minus_one) expect_refused(-1);
      if (takes != Takes::infinity) expect_refused(infinity);
      if (takes == Takes::minus_one) CHECK_NOTHROW(use(-1));
      if (takes == Takes::infinity) CHECK_NOTHROW(use(infinity));
    }
}
