#include "online_learning/report.hpp"

#include <fmt/format.h>

namespace online_learning {

namespace {

constexpr std::array<const char*, 3> names{"RTRL", "SnAp-1", "one step"};

bool learns(const Result& result) { return result.before_change() < 0.1 && result.at_end() < 0.1; }
bool guesses(const Result& result) { return result.before_change() > 0.5 && result.at_end() > 0.5; }

}  // namespace

std::string line(const Results& results, std::size_t stretch, std::size_t steps) {
  std::string text;
  if (stretch == 0)
    text =
        fmt::format("{:>10} {:>10} {:>10} {:>10}   mean loss at the queries\n", "steps", names[0], names[1], names[2]);
  if (stretch == stretches / 2) text += fmt::format("{:10} now the other answer is right\n", "");
  text += fmt::format("{:>10}", steps);
  for (const Result& result : results.learners) text += fmt::format(" {:>10.4f}", result.scores[stretch].mean_loss());
  return text + "\n";
}

std::string table(const Results& results, std::size_t steps) {
  std::string text = fmt::format("\nmean loss: {:>10} {:>10} {:>10} {:>10} {:>10} {:>10}\n", "before", "after",
                                 "at end", "right", "us a step", "influence");
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Result& result = results.learners[i];
    text += fmt::format("{:<10} {:>10.4f} {:>10.4f} {:>10.4f} {:>9.1f}% {:>10.1f} {:>10}\n", names[i],
                        result.before_change(), result.after_change(), result.at_end(),
                        100 * result.scores[stretches - 1].accuracy(),
                        1e6 * result.seconds / static_cast<double>(steps), result.entries);
  }
  return text
         + fmt::format("\nmemory: {:.1f} MB after a tenth of the stream, {:.1f} MB at its end\n",
                       results.megabytes_at_start, results.megabytes_at_end);
}

Verdict verdict(const Results& results, support::CellKind cell) {
  const bool constant = results.megabytes_at_end - results.megabytes_at_start < 1;
  const char* const memory = constant ? "stays" : "GROWS";
  const auto& [exact, snap, one_step] = results.learners;
  if (cell == support::CellKind::rnn) {
    const auto seen = [](const Result& result) { return learns(result) ? "learns" : "does not"; };
    return {fmt::format("RTRL {}, SnAp-1 {}, one step {}, memory {} (of an RNN only that is expected)\n", seen(exact),
                        seen(snap), seen(one_step), memory),
            constant};
  }
  const auto told = [](const Result& result) { return learns(result) ? "learns" : "DOES NOT LEARN"; };
  return {fmt::format("RTRL {}, SnAp-1 {}, one step {}, memory {}\n", told(exact), told(snap),
                      guesses(one_step) ? "does not" : "DOES NOT GUESS", memory),
          learns(exact) && learns(snap) && guesses(one_step) && constant};
}

}  // namespace online_learning
