#include "character_model/commands.hpp"
#include "character_model/memory.hpp"
#include "character_model/model.hpp"
#include "character_model/report.hpp"
#include "character_model/split.hpp"
#include "console/output.hpp"
#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/memory/available_memory.hpp>
#include <unroll/ops/product.hpp>

#include <fmt/format.h>

#include <chrono>

namespace character_model {

using console::write_output;

void run_evaluate(const EvaluateOptions& options) {
  const LoadedModel loaded = load_model(options.model);
  const Description& description = loaded.description;
  TextFile text = open_text(options.text, description.vocabulary.unit());
  const auto all = encode(description.vocabulary, text, options.unknown, unroll::quoted(options.text));
  const auto tokens = split(all, options.validation).validation;
  if (tokens.size() < 2)
    throw unroll::ArgumentError(fmt::format("{} has {} to measure on, expected at least 2",
                                            unroll::quoted(options.text), unroll::counted(tokens.size(), "character")));
  const std::size_t streams = std::min<std::size_t>(unroll::streams_to_measure(tokens.size()), options.batch);
  const std::size_t steps = std::min<std::size_t>(options.steps, tokens.size() / streams);
  const std::size_t threads = unroll::thread_count(options.threads, options.batch);
  expect_memory(running_memory(description.settings, description.vocabulary.size(), streams, steps, threads),
                unroll::available_memory());

  unroll::set_product_threads(1);
  unroll::Team team(threads);
  const auto begin = std::chrono::steady_clock::now();
  const unroll::Measured found = std::visit(
      [&](const auto& model) { return measure(team, model, tokens, options.batch, options.steps, options.state); },
      loaded.model);
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
  const EvaluationReport report{.loss = found.loss,
                                .judged = describe(options.state, options.steps),
                                .characters = found.items,
                                .seconds = time.count()};
  write_output(options.json ? to_json(report) : to_text(report));
}

}  // namespace character_model
