#include "benchmark/model.hpp"

#include <map>

namespace benchmark {

namespace {

/// Nothing but that the inputs are numbers of their own, as behind a dropout.
template <class Cell>
struct Dense {
  using Options = typename Cell::Options;
  using State = typename Cell::State;
  Cell inner;
  Dense(const Options& options, const Random& random) : inner(options, random) {}
  std::size_t hidden_size() const { return inner.hidden_size(); }
  Variable<> project(Variable<> inputs) const { return project_inputs(inner, inputs.keep_gradient()); }
  State step(Variable<> input, const State& previous, Variable<> recurrent, const StepContext& context) const {
    return take_step(inner, input, previous, recurrent, context);
  }
  static void members(auto& self, auto&& visit) { Cell::members(self.inner, visit); }
};

/// Variational dropout of the recurrent state alone.
struct VariationalHidden : VariationalDropout<LstmCell<>> {
  VariationalHidden(const Options& options, const Random& random)
      : VariationalDropout<LstmCell<>>(options, random, {.inputs = 0, .hidden = 0.25}) {}
};

}  // namespace

std::function<double()> make_modified_step(const Options& options) {
  using Lstm = LstmCell<>;
  const std::map<std::string, std::function<double()> (*)(const Options&)> known{
      {"dense", make_step_of_layers<Dense<Lstm>>},
      {"zoneout", make_step_of_layers<Zoneout<Lstm>>},
      {"variational_dropout", make_step_of_layers<VariationalDropout<Lstm>>},
      {"variational_hidden", make_step_of_layers<VariationalHidden>},
      {"layer_normalized", make_step_of_layers<LayerNormalized<Lstm>>},
      {"projected", make_step_of_layers<Projected<Lstm>>},
      {"residual", make_step_of_layers<Residual<Lstm>>},
      {"state_clipped", make_step_of_layers<StateClipped<Lstm>>},
      {"peephole", make_step_of_layers<PeepholeLstmCell<>>},
      {"coupled", make_step_of_layers<CoupledLstmCell<>>},
      {"layer_norm_lstm", make_step_of_layers<LayerNormLstmCell<>>},
      {"combined", make_step_of_layers<Zoneout<VariationalDropout<Residual<Lstm>>>>},
  };
  return known.at(options.modifier)(options);
}

}  // namespace benchmark
