#include "online_learning/options.hpp"

#include "console/flags.hpp"
#include "online_learning/contest.hpp"
#include "online_learning/stream.hpp"
#include <unroll/framework/errors/error.hpp>

#include <fmt/format.h>

#include <limits>

namespace online_learning {

namespace {

constexpr const char* description =
    R"(Learns from an endless stream, one step at a time, in memory that does not grow. A cue, A or B, is shown
for one step; after some steps of noise a query asks which it was, and then comes the next cue. Halfway the
rule changes: the answer is now the other letter. Three learners of the same weights read the same stream,
and update at a query: RTRL, the exact gradient (Williams and Zipser 1989); SnAp-1, its approximation by
what happens within a unit (Menick et al. 2021); and one step, backpropagation through the last step only.

Expected, and checked, of an LSTM and a GRU: before the change and at the end RTRL and SnAp-1 have a mean
loss below 0.1, and one step above 0.5, where guessing has log 2 = 0.69: nothing tells it at the cue what
to keep. And of any cell: memory does not grow. With the other flags left out this came about from each of
the seeds 1 to 5; a long --gap, few units or a short stream can be too much to ask. The tanh RNN, which has
no gate to keep the cue behind, learned it with none of the three, and need not.)";

constexpr const char* footer = "exit codes: 0 what is expected came about, 4 it did not, 2 wrong usage";

/// Exact RTRL of the widest cell takes 150 MB.
constexpr std::uint64_t most_hidden = 128;

/// Throws unroll::ArgumentError unless each stretch has a query to report.
void expect_queries(const Options& options) {
  const std::uint64_t least = stretches * CueStream::longest_wait(options.gap);
  if (options.steps < least)
    throw unroll::ArgumentError(fmt::format(
        "--steps: {} given, expected at least {} with --gap {}, so that there is a query in each tenth of the stream",
        options.steps, least, options.gap));
}

}  // namespace

std::variant<Options, std::string> parse_options(std::span<const char* const> arguments) {
  Options options;
  console::Flags flags("online_learning", description, footer);
  flags.whole("--steps", options.steps, 10, 1000000000, "steps of the stream");
  flags.whole("--hidden", options.hidden, 1, most_hidden, "units of the cell");
  flags.whole("--gap", options.gap, 1, 1000, "steps from a cue to its query, at least; twice as many at most");
  flags.whole("--seed", options.seed, 0, std::numeric_limits<std::uint64_t>::max(), "beginning of all random numbers");
  flags.word("--cell", "NAME", options.cell, support::cell_names, "recurrent cell");
  if (auto help = flags.parse(arguments)) return *help;
  expect_queries(options);
  return options;
}

}  // namespace online_learning
