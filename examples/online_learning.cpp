// Learning from a stream that never ends, one step at a time, in memory that does not grow. A cue, A or B, is shown for
// one step; many steps of noise later a query asks which it was, and then comes the next cue. Halfway the rule changes:
// the answer is now the other letter. Three learners of the same weights read the same stream and update at every
// query:
//   RTRL      real-time recurrent learning (Williams & Zipser 1989), the exact gradient;
//   SnAp-1    its approximation by what happens within a unit (Menick et al. 2021);
//   one step  backpropagation through the last step only, with the state as data before it.
// Expect: RTRL and SnAp-1 answer right, change their minds after the change, and answer right again; one step guesses
// (a loss of log 2 = 0.69), since nothing tells it at the cue what to keep.
// Exit codes: 0 it came about, 1 something failed, 2 wrong usage, 4 it did not come about.
#include <unroll/framework/adam.hpp>
#include <unroll/framework/error.hpp>
#include <unroll/framework/gradient_clipping.hpp>
#include <unroll/models/models.hpp>
#include <unroll/ops/ops.hpp>

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
  std::size_t steps = 40000, hidden = 16, gap = 10, seed = 1;
  std::string cell = "lstm";
};

// ---- the stream ----------------------------------------------------------------------------------------------------

class CueStream {
 public:
  static constexpr std::size_t width = 5;  // cue A, cue B, query, two channels of noise

  CueStream(const Options& options)
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
struct Network {
  Cell cell;
  Linear<> output;
  Network(const Options& options)
      : cell({.inputs = CueStream::width, .hidden = options.hidden}, Random(options.seed).split(1)),
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
    hidden_ = [&] {
      const auto unrolled = unroll::unroll(cell_, row, memory_.resume(cell_, tape_, 1));
      memory_.keep(unrolled.state);
      return unrolled.state.hidden;
    }();
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

/// Means since they were last asked for.
struct Score {
  double loss = 0, right = 0;
  std::size_t queries = 0;
  double mean_loss() const { return loss / static_cast<double>(std::max<std::size_t>(queries, 1)); }
  double accuracy() const { return right / static_cast<double>(std::max<std::size_t>(queries, 1)); }
};

/// A network of its own, and how it learns and fares.
template <class Cell, class Learner>
class Contestant {
 public:
  template <class... Arguments>
  explicit Contestant(const Options& options, Arguments... arguments)
      : network_(options), learner_(network_.cell, arguments...), adam_({.learning_rate = 5e-3}) {}

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

template <class Cell>
bool compete(const Options& options) {
  Contestant<Cell, Rtrl<Cell>> exact(options);
  Contestant<Cell, Rtrl<Cell>> snap(options, RtrlOptions{.approximation = RtrlApproximation::snap_1});
  Contestant<Cell, OneStep<Cell>> one_step(options);
  CueStream stream(options);
  std::array<std::array<Score, stretches>, 3> scores;
  double memory_at_start = 0;
  std::printf("%10s %10s %10s %10s   (mean loss at the queries)\n", "steps", "RTRL", "SnAp-1", "one step");
  for (std::size_t stretch = 0; stretch < stretches; ++stretch) {
    for (std::size_t i = stretch * options.steps / stretches; i < (stretch + 1) * options.steps / stretches; ++i) {
      const Tensor<>& input = stream.next();
      exact.read(input, stream.answer());
      snap.read(input, stream.answer());
      one_step.read(input, stream.answer());
    }
    scores[0][stretch] = exact.take_score();
    scores[1][stretch] = snap.take_score();
    scores[2][stretch] = one_step.take_score();
    if (stretch == 0) memory_at_start = resident_megabytes();
    if (stretch == stretches / 2) std::printf("%10s the other answer is right now\n", "");
    std::printf("%10zu %10.4f %10.4f %10.4f\n", (stretch + 1) * options.steps / stretches,
                scores[0][stretch].mean_loss(), scores[1][stretch].mean_loss(), scores[2][stretch].mean_loss());
    std::fflush(stdout);
  }
  const double memory_at_end = resident_megabytes();

  std::printf("\n%-10s %13s %11s %13s %13s %10s\n", "", "loss before", "loss after", "loss at end", "right at end",
              "us a step");
  std::printf("%-10s %13s %11s\n", "", "the change", "it");
  const std::array<const char*, 3> names{"RTRL", "SnAp-1", "one step"};
  const std::array seconds{exact.seconds(), snap.seconds(), one_step.seconds()};
  const std::array entries{exact.kept_entries(), snap.kept_entries(), one_step.kept_entries()};
  for (std::size_t i = 0; i < 3; ++i)
    std::printf("%-10s %13.4f %11.4f %13.4f %12.1f%% %10.1f   %zu entries of influence\n", names[i],
                scores[i][stretches / 2 - 1].mean_loss(), scores[i][stretches / 2].mean_loss(),
                scores[i][stretches - 1].mean_loss(), 100 * scores[i][stretches - 1].accuracy(),
                1e6 * seconds[i] / static_cast<double>(options.steps), entries[i]);
  std::printf("\nmemory: %.1f MB after a tenth of the stream, %.1f MB at its end\n", memory_at_start, memory_at_end);

  const auto learns = [&](const auto& score) {
    return score[stretches / 2 - 1].mean_loss() < 0.2 && score[stretches - 1].mean_loss() < 0.2;
  };
  const bool guesses = scores[2][stretches / 2 - 1].mean_loss() > 0.4 && scores[2][stretches - 1].mean_loss() > 0.4;
  const bool constant = memory_at_end - memory_at_start < 1;
  std::printf("RTRL %s, SnAp-1 %s, one step %s, memory %s\n", learns(scores[0]) ? "learns" : "DOES NOT LEARN",
              learns(scores[1]) ? "learns" : "DOES NOT LEARN", guesses ? "does not" : "LEARNS TOO",
              constant ? "is constant" : "GROWS");
  return learns(scores[0]) && learns(scores[1]) && guesses && constant;
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
      ->type_name("NAME")
      ->check(CLI::IsMember({"rnn", "gru", "lstm"}))
      ->capture_default_str();
  try {
    app.parse(count, words);
    const bool holds = options.cell == "lstm"  ? compete<LstmCell<>>(options)
                       : options.cell == "gru" ? compete<GruCell<>>(options)
                                               : compete<RnnCell<>>(options);
    return holds ? 0 : 4;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "online_learning: error: %s\n", error.what());
    return 1;
  }
}
