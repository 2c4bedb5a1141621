#include "character_model/commands.hpp"
#include "console/output.hpp"
#include "console/processes.hpp"

namespace character_model {
namespace {

/// Runs a command and returns its exit code.
int run(const Command& command, const unroll::Communicator& processes) {
  if (!processes.is_first() && !std::holds_alternative<TrainOptions>(command)) return 0;  // the first does it alone
  struct Run {
    const unroll::Communicator& processes;
    int operator()(const Information& information) const { return console::write_output(information.text), 0; }
    int operator()(TrainOptions options) const {
      options.processes = processes;
      const int signal = run_train(options);
      return signal == 0 ? 0 : 128 + signal;
    }
    int operator()(const EvaluateOptions& options) const { return run_evaluate(options), 0; }
    int operator()(const GenerateOptions& options) const { return run_generate(options), 0; }
    int operator()(const InspectOptions& options) const { return run_inspect(options), 0; }
  };
  return std::visit(Run{processes}, command);
}

}  // namespace
}  // namespace character_model

int main(int count, char** words) {
  using namespace character_model;
  return console::run_processes(count, words, [&](const unroll::Communicator& processes) {
    return run(parse_command({words + 1, static_cast<std::size_t>(count > 0 ? count - 1 : 0)}), processes);
  });
}
