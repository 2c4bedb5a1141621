#include "character_model/evaluate.hpp"
#include "character_model/generate.hpp"
#include "character_model/inspect.hpp"
#include "character_model/options.hpp"
#include "character_model/output.hpp"
#include "character_model/signals.hpp"
#include "character_model/train.hpp"
#include <unroll/framework/error.hpp>

#include <exception>
#include <new>
#include <string>

namespace character_model {
namespace {

/// The exit code of the command that was done.
int run(const Command& command) {
  struct Run {
    int operator()(const Information& information) const { return write_output(information.text), 0; }
    int operator()(const TrainOptions& options) const {
      const int signal = run_train(options);
      return signal == 0 ? 0 : 128 + signal;
    }
    int operator()(const EvaluateOptions& options) const { return run_evaluate(options), 0; }
    int operator()(const GenerateOptions& options) const { return run_generate(options), 0; }
    int operator()(const InspectOptions& options) const { return run_inspect(options), 0; }
  };
  return std::visit(Run{}, command);
}

int fail(int code, const char* what) {
  write_message(std::string("error: ") + what);
  return code;
}

}  // namespace
}  // namespace character_model

int main(int count, char** words) {
  using namespace character_model;
  ignore_closed_pipes();
  try {
    return run(parse_command({words + 1, static_cast<std::size_t>(count > 0 ? count - 1 : 0)}));
  } catch (const ClosedOutput&) {
    return 0;
  } catch (const unroll::ArgumentError& error) {
    return fail(2, error.what());
  } catch (const unroll::FileError& error) {
    return fail(3, error.what());
  } catch (const unroll::NumericalError& error) {
    return fail(4, error.what());
  } catch (const std::bad_alloc&) {
    return fail(1, "out of memory");
  } catch (const std::exception& error) {
    return fail(1, error.what());
  }
}
