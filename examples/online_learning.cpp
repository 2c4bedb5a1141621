// Learning from a stream that never ends, one step at a time, in memory that does not grow. A cue, A or B, is shown for
// one step; after some steps of noise a query asks which it was, and then comes the next cue. Halfway the rule changes:
// the answer is now the other letter. Three learners of the same weights read the same stream, and update at a query:
//   RTRL      real-time recurrent learning (Williams & Zipser 1989), the exact gradient;
//   SnAp-1    its approximation by what happens within a unit (Menick et al. 2021);
//   one step  backpropagation through the last step only, with the state as data before it.
// Expect, in seconds: RTRL and SnAp-1 answer right (a loss below 0.1), are wrong after the change, and right again; one
// step guesses (log 2 = 0.69): nothing tells it at the cue what to keep. A plain RNN learns this with none of the
// three.
//
// Exit codes: 0 it came about, 1 something failed, 2 wrong usage, 4 it did not come about.
#include <unroll/framework/adam.hpp>
#include <unroll/framework/gradient_clipping.hpp>
#include <unroll/models/models.hpp>
#include <unroll/ops/ops.hpp>
#include <unroll/ops/product.hpp>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <optional>

using namespace unroll;

namespace {

struct Options {
  std::size_t steps = 30000, hidden = 16, gap = 5, seed = 1;
  std::string cell = "gru";
};

// ---- the stream ----------------------------------------------------------------------------------------------------

class CueStream {
 public:
  static constexpr std::size_t width = 5;  // cue A, cue B, query, two channels of noise

  explicit CueStream(const Options& options)
      : random_(Random(options.seed).split(0)), gap_(options.gap), change_(options.steps / 2) {}

  /// The input of the next step.
  const Tensor<>& next() {
    std::fill(input_.begin(), input_.end(), 0.0f);
    answer_.reset();
    const Random random = random_.split(time_++);
    input_[3] = static_cast<float>(random.normal(0));
    input_[4] = static_cast<float>(random.normal(1));
    if (wait_ == 0) {
      cue_ = static_cast<int>(random.bits(2) % 2);
      input_[static_cast<std::size_t>(cue_)] = 1;
      wait_ = gap_ + random.bits(3) % (gap_ + 1);
    } else if (--wait_ == 0) {
      input_[2] = 1;
      answer_ = time_ > change_ ? 1 - cue_ : cue_;
    }
    return input_;
  }
  /// At a query: the right one.
  std::optional<int> answer() const { return answer_; }

 private:
  Random random_;
  std::size_t gap_, change_, time_ = 0, wait_ = 0;
  int cue_ = 0;
  std::optional<int> answer_;
  Tensor<> input_{{1, width}};
};

// ---- the learners --------------------------------------------------------------------------------------------------

template <class Cell>
Cell make_cell(const Options& options) {
  typename Cell::Options cell{.inputs = CueStream::width, .hidden = options.hidden};
  if constexpr (requires { cell.forget_bias; }) cell.forget_bias = 1;
  return Cell(cell, Random(options.seed).split(1));
}

template <class Cell>
struct Network {
  Cell cell;
  Linear<> output;
  explicit Network(const Options& options)
      : cell(make_cell<Cell>(options)),
        output({.inputs = options.hidden, .outputs = 2}, Random(options.seed).split(2)) {}
  static void members(auto& self, auto&& visit) { visit("cell", self.cell), visit("output", self.output); }
};

/// The loss of a hidden state [1, H], and whether the likelier answer is the right one.
struct Judge {
  const Linear<>& output;
  int answer;
  bool& right;
  Variable<> operator()(Variable<> hidden) const {
    const auto logits = output(hidden);
    right = (logits.value()[1] > logits.value()[0]) == (answer == 1);
    return cross_entropy(logits, Tensor<int>({1}, {answer}));
  }
};

/// Backpropagation through one step: what came before it is data.
template <class Cell>
class OneStep {
 public:
  explicit OneStep(Cell& cell) : cell_(cell), parameters_(cell) {}
  void advance(TensorView<const float> input) {
    tape_.clear();
    const auto row = tape_.constant({input.data(), {1, 1, CueStream::width}});
    const auto unrolled = unroll::unroll(cell_, row, memory_.resume(cell_, tape_, 1));
    memory_.keep(unrolled.state);
    hidden_ = unrolled.state.hidden;
  }
  float backward(const Judge& loss_of, const Parameters<>& output) {
    const auto loss = loss_of(hidden_);
    const float value = loss.item();
    tape_.backward(loss);
    add_gradients(tape_, parameters_);
    add_gradients(tape_, output);
    return value;
  }
  std::size_t kept_entries() const { return 0; }

 private:
  Cell& cell_;
  Parameters<> parameters_;
  Tape<> tape_;
  CarriedState<> memory_;
  Variable<> hidden_;
};

/// Of the queries of a stretch; NaN when there were none.
struct Score {
  double loss = 0, right = 0;
  std::size_t queries = 0;
  double mean_loss() const { return loss / static_cast<double>(queries); }
  double accuracy() const { return right / static_cast<double>(queries); }
};

/// A network of its own, and how it learns and fares.
template <class Cell, class Learner>
class Contestant {
 public:
  explicit Contestant(const Options& options, auto... arguments)
      : network_(options), learner_(network_.cell, arguments...), adam_({.learning_rate = 1e-2}) {}

  void read(const Tensor<>& input, std::optional<int> answer) {
    const auto begin = std::chrono::steady_clock::now();
    learner_.advance(input);
    if (answer) {
      bool right = false;
      score_.loss += learner_.backward(Judge{network_.output, *answer, right}, output_);
      score_.right += right;
      ++score_.queries;
      clip_gradient_norm(all_, 1.0);
      adam_.update(all_);
    }
    seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }
  Score take_score() { return std::exchange(score_, {}); }
  double seconds() const { return seconds_; }
  std::size_t kept_entries() const { return learner_.kept_entries(); }

 private:
  Network<Cell> network_;
  Learner learner_;
  Parameters<> all_{network_}, output_{network_.output};
  Adam<> adam_;
  Score score_;
  double seconds_ = 0;
};

// ---- the program ---------------------------------------------------------------------------------------------------

/// Megabytes that the process has in memory; 0 where the system does not say.
double resident_megabytes() {
  std::ifstream file("/proc/self/statm");
  double all = 0, resident = 0;
  file >> all >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1024 * 1024);
}

constexpr std::size_t stretches = 10;  // lines of running loss; the rule changes in the middle
constexpr std::array<const char*, 3> names{"RTRL", "SnAp-1", "one step"};

struct Result {
  std::array<Score, stretches> scores;
  double seconds = 0;
  std::size_t entries = 0;  // of the influence
  double before_change() const { return scores[stretches / 2 - 1].mean_loss(); }
  double after_change() const { return scores[stretches / 2].mean_loss(); }
  double at_end() const { return scores[stretches - 1].mean_loss(); }
};
struct Results {
  std::array<Result, 3> learners;
  double megabytes_at_start = 0, megabytes_at_end = 0;
};

void print_line(const Results& results, std::size_t stretch, std::size_t steps) {
  if (stretch == 0)
    std::printf("%10s %10s %10s %10s   mean loss at the queries\n", "steps", names[0], names[1], names[2]);
  if (stretch == stretches / 2) std::printf("%10s now the other answer is right\n", "");
  std::printf("%10zu", steps);
  for (const Result& result : results.learners) std::printf(" %10.4f", result.scores[stretch].mean_loss());
  std::printf("\n");
  std::fflush(stdout);
}

template <class Cell>
Results compete(const Options& options) {
  Contestant<Cell, Rtrl<Cell>> exact(options);
  Contestant<Cell, Rtrl<Cell>> snap(options, RtrlOptions{.approximation = RtrlApproximation::snap_1});
  Contestant<Cell, OneStep<Cell>> one_step(options);
  CueStream stream(options);
  Results results;
  const auto for_each = [&](auto&& visit) { visit(exact, 0), visit(snap, 1), visit(one_step, 2); };
  for (std::size_t stretch = 0, step = 0; stretch < stretches; ++stretch) {
    const std::size_t end = (stretch + 1) * options.steps / stretches;
    for (; step < end; ++step) {
      const Tensor<>& input = stream.next();
      for_each([&](auto& contestant, int) { contestant.read(input, stream.answer()); });
    }
    for_each([&](auto& contestant, std::size_t i) { results.learners[i].scores[stretch] = contestant.take_score(); });
    if (stretch == 0) results.megabytes_at_start = resident_megabytes();
    print_line(results, stretch, end);
  }
  results.megabytes_at_end = resident_megabytes();
  for_each([&](auto& contestant, std::size_t i) {
    results.learners[i].seconds = contestant.seconds();
    results.learners[i].entries = contestant.kept_entries();
  });
  return results;
}

void print_table(const Results& results, std::size_t steps) {
  std::printf("\nmean loss: %10s %10s %10s %10s %10s %10s\n", "before", "after", "at end", "right", "us a step",
              "influence");
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Result& result = results.learners[i];
    std::printf("%-10s %10.4f %10.4f %10.4f %9.1f%% %10.1f %10zu\n", names[i], result.before_change(),
                result.after_change(), result.at_end(), 100 * result.scores[stretches - 1].accuracy(),
                1e6 * result.seconds / static_cast<double>(steps), result.entries);
  }
  std::printf("\nmemory: %.1f MB after a tenth of the stream, %.1f MB at its end\n", results.megabytes_at_start,
              results.megabytes_at_end);
}

/// Whether it came about, and what did not.
bool holds(const Results& results) {
  const auto learns = [&](std::size_t i) {
    return results.learners[i].before_change() < 0.1 && results.learners[i].at_end() < 0.1;
  };
  const bool guesses = results.learners[2].before_change() > 0.5 && results.learners[2].at_end() > 0.5;
  const bool constant = results.megabytes_at_end - results.megabytes_at_start < 1;
  const auto verdict = [&](std::size_t i) { return learns(i) ? "learns" : "DOES NOT LEARN"; };
  std::printf("RTRL %s, SnAp-1 %s, one step %s, memory %s\n", verdict(0), verdict(1),
              guesses ? "does not" : "DOES NOT GUESS", constant ? "stays" : "GROWS");
  return learns(0) && learns(1) && guesses && constant;
}

void add_number(CLI::App& app, const std::string& name, std::size_t& target, std::size_t least, std::size_t most,
                const std::string& description) {
  const auto read = [&target, name, least, most](const std::string& text) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), target);
    if (error != std::errc() || end != text.data() + text.size() || target < least || target > most)
      throw CLI::ValidationError(name, "'" + text + "' given, expected a whole number from " + std::to_string(least)
                                           + " to " + std::to_string(most));
  };
  app.add_option_function<std::string>(name, read, description)->type_name("N")->default_str(std::to_string(target));
}

}  // namespace

int main(int count, char** words) {
  Options options;
  CLI::App app("Learns from an endless stream, in constant memory, by real-time recurrent learning.");
  add_number(app, "--steps", options.steps, 10, 1000000000, "steps of the stream");
  add_number(app, "--hidden", options.hidden, 1, 256, "units of the cell");
  add_number(app, "--gap", options.gap, 1, 1000, "steps from a cue to its query, at least; twice as many at most");
  add_number(app, "--seed", options.seed, 0, std::numeric_limits<std::size_t>::max(),
             "beginning of all random numbers");
  app.add_option("--cell", options.cell, "recurrent cell: rnn, gru, lstm")
      ->check(CLI::IsMember({"rnn", "gru", "lstm"}))
      ->capture_default_str();
  try {
    app.parse(count, words);
    set_product_threads(1);  // products of one stream are small
    const Results results = options.cell == "lstm"  ? compete<LstmCell<>>(options)
                            : options.cell == "gru" ? compete<GruCell<>>(options)
                                                    : compete<RnnCell<>>(options);
    print_table(results, options.steps);
    return holds(results) ? 0 : 4;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "online_learning: error: %s\n", error.what());
    return 1;
  }
}
