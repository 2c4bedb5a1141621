#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "support/training_models.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/trainer/trainer.hpp>

#include <cmath>
#include <map>
#include <string>
#include <vector>

// Optimizers of a user's own: a rule, and a class that is no Optimizer at all.
using namespace unroll;
using namespace unroll::testing;
using Catch::Contains;

namespace {

/// Lion (Chen et al. 2023): the sign of a mean of the gradient and its moving average.
struct LionRule {
  static constexpr const char* name = "lion";
  struct Options {
    double learning_rate = 1e-2, weight_decay = 0, beta = 0.9;
    std::vector<OptimizerGroup> groups = {};
    void for_each_setting(auto&& visit) const { visit("beta", beta), visit("weight_decay", weight_decay); }
  };
  static void check(const Options&) {}
  static std::vector<std::string> state(const Options&) { return {"average"}; }
  template <class Scalar>
  static void apply(const Options& options, const OptimizerStep<Scalar>& step) {
    const auto rate = static_cast<Scalar>(step.learning_rate), beta = static_cast<Scalar>(options.beta);
    for_each_element<1>(step, [=](Scalar& value, Scalar gradient, Scalar& average) {
      value -= std::copysign(rate, beta * average + (1 - beta) * gradient);
      average += (1 - beta) * (gradient - average);
    });
  }
};

/// Moves each parameter as a whole by a length of the learning rate, which it makes smaller by itself.
class Normalized {
 public:
  static constexpr std::string_view name = "normalized";
  explicit Normalized(double shrink) : shrink_(shrink) {}
  void update(const Parameters<float>& parameters) {
    for (const auto& [path, parameter] : parameters) {
      double norm = 0;
      for (const float gradient : parameter->gradient()) norm += std::pow(static_cast<double>(gradient), 2);
      const auto factor = static_cast<float>(rate_ * scale_ / std::sqrt(norm + 1e-12));
      Tensor<float>& value = *parameter->mutable_value();
      for (std::size_t i = 0; i < value.size(); ++i) value[i] -= factor * parameter->gradient()[i];
      parameter->zero_gradient();
    }
    ++updates_, scale_ *= shrink_;
  }
  void update(const Parameters<float>& parameters, Team&) { update(parameters); }
  double learning_rate() const { return rate_; }
  void set_learning_rate(double rate) { rate_ = rate; }
  void bind(const Parameters<float>&) {}
  void for_each_state(auto&& visit) { visit(std::string("updates"), updates_), visit(std::string("scale"), scale_); }
  void for_each_setting(auto&& visit) const { visit("shrink", shrink_); }

 private:
  double shrink_, rate_ = 0.05, scale_ = 1;
  std::uint64_t updates_ = 0;
};

struct Trained {
  std::vector<float> weights;
  double loss;
};

/// 40 updates, or as many until a signal stops them.
Trained train(const AnyOptimizer<>& optimizer, const std::filesystem::path& checkpoint, std::uint64_t stop,
              bool resumes, std::size_t threads = 1) {
  Line model;
  auto source = points();
  FitOptions fit{.checkpoint = {.path = checkpoint}};
  if (resumes) fit.resume = checkpoint;
  if (stop > 0) fit.observers.push_back(stop_after(stop));
  Trainer trainer(model, {.optimizer = optimizer, .budget = {.updates = 40}, .threads = threads});
  trainer.fit(source, loss_of(model), fit);
  return {weights(model), trainer.measure(source, loss_of(model))};
}

}  // namespace

TEST_CASE("an optimizer of one's own trains, and is resumed to the same bits") {
  const TemporaryDirectory folder;
  const AnyOptimizer<> optimizer =
      GENERATE(AnyOptimizer<>(Optimizer<LionRule, float>({.learning_rate = 0.1})), AnyOptimizer<>(Normalized(0.99)));
  CAPTURE(optimizer.name());
  const Trained whole = train(optimizer, folder / "whole", 0, false);
  CHECK(whole.loss < 3);  // of 14 at first
  CHECK(train(optimizer, folder / "threads", 0, false, 2).weights == whole.weights);
  train(optimizer, folder / "c", 23, false);
  CHECK(train(optimizer, folder / "c", 0, true, 2).weights == whole.weights);
}

TEST_CASE("an optimizer of one's own is resumed with the same settings, and by the same rule only") {
  const TemporaryDirectory folder;
  train(Normalized(0.99), folder / "c", 5, false);
  CHECK_THROWS_WITH(train(Normalized(0.5), folder / "c", 0, true),
                    Contains("optimizer.shrink: \"0.99\" in the checkpoint, \"0.5\" given"));
  CHECK_THROWS_WITH(train(Optimizer<LionRule, float>(), folder / "c", 0, true),
                    Contains("optimizer: \"normalized\" in the checkpoint, \"lion\" given"));
}
