#include "task/training.hpp"

#include "console/output.hpp"
#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/files/safetensors.hpp>
#include <unroll/models/records/duration.hpp>

#include <fmt/format.h>

namespace task {

unroll::SafetensorsFile read_model(const std::string& path, std::string_view program) {
  unroll::SafetensorsFile file = unroll::read_safetensors(path);
  const auto found = file.metadata.find("program");
  if (found == file.metadata.end() || found->second != program)
    throw unroll::FileError(fmt::format(
        "{}: a model of {}, expected one of {}: another program has made this file", unroll::quoted(path),
        found == file.metadata.end() ? "no program that it names" : unroll::quoted(found->second), program));
  return file;
}

int conclude(const TrainingFlags& flags, const unroll::TrainingReport& report, const std::function<Scores()>& judge,
             std::optional<double> wanted) {
  const int stopped = report.signal == 0 ? 0 : 128 + report.signal;
  if (!flags.communicator.is_first()) return stopped;
  const Scores scores = judge();
  const unroll::TrainingSpent& spent = report.spent;
  if (flags.json)
    console::write_output(to_json(scores, report));
  else
    console::write_output(
        fmt::format("{}trained on {:.1f} epochs ({}) in {}; the best model is that of update {}: {}\n", to_text(scores),
                    spent.epochs, unroll::counted(spent.updates, "update"), unroll::format_duration(spent.seconds),
                    report.best_update, unroll::quoted(flags.model)));
  if (stopped == 0) expect_reached(scores, wanted);
  return stopped;
}

}  // namespace task
