#include "console/output.hpp"
#include "console/program.hpp"
#include "online_learning/report.hpp"

namespace online_learning {
namespace {

int run(const Options& options) {
  const Results results = compete(options, [](const Results& now, std::size_t stretch, std::size_t steps) {
    console::write_output(line(now, stretch, steps));
  });
  const Verdict found = verdict(results, options.cell);
  console::write_output(table(results, options.steps) + found.text);
  return found.holds ? 0 : 4;
}

}  // namespace
}  // namespace online_learning

int main(int count, char** words) {
  return console::run_program(count, words, online_learning::parse_options, online_learning::run);
}
