// The calls that docstrings and messages of framework/ print, word for word: that they compile is the test, and
// printed_calls.cmake finds those that are missing.
// clang-format off
#include <unroll/unroll.hpp>

#include <unroll/framework/errors/call_site.hpp>
#include <unroll/framework/mpi/mpi_processes.hpp>

#include <cmath>
#include <iostream>

using namespace unroll;

// ---- tape ----------------------------------------------------------------------------------------------------------

namespace of_a_module {
template <class Scalar = float>
struct Linear {
  Parameter<Scalar> weight, bias;
  static void members(auto& self, auto&& visit) { visit("weight", self.weight); visit("bias", self.bias); }
};
template struct Linear<float>;
}  // namespace of_a_module

template <class Scalar = float>
struct Mine {
  LstmCell<Scalar> cell;
  Linear<Scalar> output;
  Mine() = default;
  template <class Other>
  explicit Mine(const Mine<Other>& other) : cell(other.cell), output(other.output) {}
};
Mine<DualNumber> of_duals(const Mine<double>& mine) { return Mine<DualNumber>(mine); }

void directional(const Tensor<double>& a, const Tensor<double>& b, const Tensor<double>& da,
                 const Tensor<double>& db) {
  const auto [value, tangent] = jvp([](auto&, auto in) { return matmul(in[0], in[1]); }, {a, b}, {da, db});
  static_cast<void>(value), static_cast<void>(tangent);
}
void along_a_weight(const Layers<LstmCell<double>>& lstm, const Tensor<double>& inputs,
                    const Tensor<double>& direction) {
  jvp([&]<class Scalar>(Tape<Scalar>& tape, const auto& model) {
    return run(model, tape.constant(cast<Scalar>(inputs))).outputs;
  }, lstm, {{"0.hidden_weight", direction}});
}
void curvature(const Layers<LstmCell<double>>& lstm, const Tensor<double>& inputs, const Tensor<double>& targets,
               const NamedTensors& direction) {
  const auto [loss, gradient, product] = hessian_vector_product(
      [&]<class Scalar>(Tape<Scalar>& tape, const auto& model) {
        const auto outputs = run(model, tape.constant(cast<Scalar>(inputs))).outputs;
        return mean_squared_error(outputs, cast<Scalar>(targets));
      },
      lstm, direction);
  static_cast<void>(loss), static_cast<void>(gradient), static_cast<void>(product);
}

void named_part(Tape<>& tape, const LstmCell<>& cell, Variable<> inputs, const LstmCell<>::State& state) {
  const Scope decoder(tape, "decoder");
  const auto decoded = run(cell, inputs, {.state = state});
  static_cast<void>(decoded);
}

template <class Scalar>
Variable<Scalar> running_sum(Variable<Scalar> x, CallSite site = CallSite::current()) {
  const CalledFrom caller(x.tape(), site);
  return sum(x, 0);
}
Variable<> use_running_sum(Variable<> x) { return running_sum(x); }

void as_messages_advise(Tape<>& tape, Variable<> loss, Parameter<>& parameter, Module auto& model) {
  static_cast<void>(parameters_of(model));
  loss.keep_gradient();
  tape.set_repeatable(true);
  tape.backward(loss);
  loss.tape().backward(loss);
  backward(loss, parameters_of(model));
  tape.forget_gradients();
  parameter.mutable_gradient();
  parameter.mutable_value()->assign(Tensor<>());
  tape.expect_steps(50);
  std::cout << to_string(tape.summary());
  tape.clear();
}
void values_alone(Parameter<>& parameter, Linear<>& model) {
  Tape<> tape(Recording::values);
  as_messages_advise(tape, tape.use(parameter), parameter, model);
}

// ---- diagnostics, errors -------------------------------------------------------------------------------------------

double checked(Tape<>& tape, const Linear<>& model, const Tensor<>& x, const Tensor<>& y,
               const Parameters<float>& parameters) {
  const auto record = [&](Tape<>& recording) { return mean_squared_error(model(recording.constant(x)), y); };
  const double loss = checked_backward(tape, record, parameters);
  return loss;
}
void check_a_product() {
  const auto report = check_gradients([](auto&, auto in) { return matmul(in[0], in[1]); },
                                      {normal<double>(Random(1), {3, 4}), normal<double>(Random(2), {4, 2})});
  if (!report.passed()) std::cerr << report << '\n';
}
void check_a_rate(double rate) {
  expect_in("dropout", "rate", rate, {.low = 0, .high = 1, .open_high = true});
}

// ---- optimizers, threads -------------------------------------------------------------------------------------------

struct SignRule {
  static constexpr const char* name = "sign";
  struct Options { double learning_rate = 1e-3, weight_decay = 0; std::vector<OptimizerGroup> groups = {}; };
  static void check(const Options&) {}
  static std::vector<std::string> state(const Options&) { return {}; }
  template <class Scalar>
  static void apply(const Options&, const OptimizerStep<Scalar>& step) {
    const auto rate = static_cast<Scalar>(step.learning_rate);
    for_each_element<0>(step, [=](Scalar& value, Scalar gradient) { value -= std::copysign(rate, gradient); });
  }
};
void own_rule(const Parameters<float>& parameters) {
  Optimizer<SignRule, float> optimizer({.learning_rate = 0.01});
  optimizer.update(parameters);
}
void any_optimizer() {
  AnyOptimizer<> optimizer = Adam<>({.learning_rate = 2e-3});
  optimizer = Optimizer<SignRule, float>({.learning_rate = 0.01});
}
void groups_and_decay(const Parameters<float>& parameters) {
  Adam<> adam({.learning_rate = 0.004, .groups = {{.prefix = "embedding", .learning_rate_scale = 0.1}}});
  adam.update(parameters);
}
void matrices_alone() {
  AdamW<> adam({.weight_decay = 0.1, .decayed = Decayed::matrices});
}
void warmed_up(Adam<>& optimizer, double characters_seen, double characters_wanted) {
  WarmUp schedule(CosineSchedule({.learning_rate = 0.004}), {.fraction = 0.02});
  optimizer.set_learning_rate(schedule.rate(characters_seen / characters_wanted));
}
float train_on_shard(std::size_t member, std::size_t of);
void on_two_threads(std::vector<float>& losses, std::span<const Tape<>> tapes, const Parameters<float>& parameters) {
  Team team(2);
  team.run([&](std::size_t member) { losses[member] = train_on_shard(member, team.size()); });
  add_gradients(tapes, parameters, team);
  set_product_threads(1);
}

// ---- processes -----------------------------------------------------------------------------------------------------

void record_and_sweep(BatchPart part, Tape<>& tape);
void own_loop(Team& team, const Communicator& communicator, const Parameters<float>& parameters, Adam<>& optimizer) {
  Reducer<> reducer(8, team, communicator);
  std::vector<Tape<>> tapes(reducer.own_parts().count);
  reducer.for_each_part([&](BatchPart part, std::size_t own) {
    record_and_sweep(part, tapes[own]);
  });
  reducer.add_gradients(tapes, parameters);
  optimizer.update(parameters);
}
int train(const Communicator& communicator);
int main(int count, char** words) {
  MpiProcesses mpi(count, words);
  return mpi.run([&](const Communicator& communicator) { return train(communicator); });
}

// ---- files ---------------------------------------------------------------------------------------------------------

void write_numbers(const Linear<>& model, double mean, int updates) {
  save_module("model.safetensors", model, {{"mean", number_text(mean)}, {"updates", number_text(updates)}});
}
double read_number(Linear<>& model) {
  const auto metadata = load_module("model.safetensors", model);
  const double mean = number_in<double>(metadata, "mean");
  return mean;
}
void write_text(const Linear<>& model) {
  save_module("model.safetensors", model, {{"hidden", "256"}});
}
void two_in_a_file(Linear<>& encoder, Linear<>& decoder, const std::filesystem::path& path) {
  SafetensorsFile file;
  add_module(file, encoder, "encoder.");
  add_module(file, decoder, "decoder.");
  write_safetensors("both.safetensors", file);
  load_module("both.safetensors", decoder, {.prefix = "decoder."});
  load_module(path, encoder, {.prefix = "encoder."});
  load_module(path, encoder, {.ignore_unexpected = true});
  load_module(path, encoder, {.zero_missing_biases = true});
}
void training_in_a_file(Linear<>& model, Adam<>& adam, const Parameters<float>& parameters) {
  SafetensorsFile file;
  add_module(file, model, "model.");
  add_training_state(file, adam, "adam.");
  write_safetensors("training.safetensors", file);
  const auto read = read_safetensors("training.safetensors");
  load_module(read, model, {.prefix = "model."});
  adam.bind(parameters);
  load_training_state(read, adam, "adam.");
}
