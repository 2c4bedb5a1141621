#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace unroll::inline v0 {

/// How to search for what a sequence spells.
struct CtcBeamOptions {
  /// The class that stands for no symbol.
  int blank = 0;
  /// How many prefixes go on from step to step.
  std::size_t width = 16;
  /// What a symbol behind a prefix is worth beside its probability, added in the logarithm: a language model's log
  /// probability times a weight, a bonus for each word, -infinity for what no word begins with. None: 0. It is called
  /// once for each prefix and symbol that the search comes to, and must always give the same answer.
  std::function<double(std::span<const int> prefix, int symbol)> score = {};
  /// What it is worth to end with these symbols, likewise: -infinity within a word. None: 0.
  std::function<double(std::span<const int> symbols)> end_score = {};
};

/// What a sequence may spell.
struct CtcHypothesis {
  std::vector<int> symbols;    ///< without blanks
  double log_probability = 0;  ///< of its alignments that the beam has held: all of them, if it is wide enough
  double score = 0;            ///< that, and the scores of its symbols and its end
};

/// Prefix beam search (Hannun et al. 2014, "First-pass large vocabulary continuous speech recognition using
/// bi-directional recurrent DNNs", algorithm 1) over the steps of one sequence as they come. A prefix adds up its
/// alignments, those that end with a blank and those that end with its last symbol, in the logarithm; the likeliest
/// ones by probability and score go on. ctc_beam_search (ctc_decoding.hpp) searches a batch.
///
///     CtcBeam beam({.width = 8});
///     for (std::size_t t = 0; t < steps; ++t) beam.read(logits_of_step(t));
///     const std::vector<int> symbols = beam.hypotheses().front().symbols;
class CtcBeam {
 public:
  /// Throws ArgumentError for a width of 0 and a negative blank.
  explicit CtcBeam(CtcBeamOptions options);

  /// Goes on by one step: logits [V], not yet normalized, of which -infinity rules a class out. Throws ShapeError
  /// unless V is that of the step before, ArgumentError unless the blank is in [0, V), and NumericalError for a logit
  /// that is NaN or infinity, when all are -infinity, and for a score that is NaN or infinity.
  void read(std::span<const float> logits);
  /// The same.
  void read(std::span<const double> logits);

  /// What the steps read so far may spell, the best score first: at most as many as the beam is wide, and none when the
  /// scores or the logits rule all out. Before the first step it is the empty list of symbols alone. Throws
  /// NumericalError for an end_score that is NaN or infinity.
  std::vector<CtcHypothesis> hypotheses() const;

 private:
  /// A node of the tree of prefixes, which share their beginnings.
  struct Prefix {
    std::size_t parent;
    int symbol;
    double score;  // of its symbols together
    std::size_t first_child, next_sibling, kept;
    std::size_t symbol_scores;  // where the scores of the symbols behind it begin
  };
  /// A prefix that goes on, and the log probabilities of its alignments that end with a blank and with its last symbol.
  struct Kept {
    std::size_t prefix;
    double blank, symbol;
  };
  /// A prefix, or one with a symbol behind it, that may go on.
  struct Candidate {
    Kept kept;
    int symbol;  // -1: the prefix itself
    double score, rank;
  };

  template <class Scalar>
  void read_step(std::span<const Scalar> logits);
  template <class Scalar>
  void normalize(std::span<const Scalar> logits);
  double extended(const Kept& kept, int symbol) const;
  void find_same();
  void find_longer(const Kept& kept);
  void keep_best();
  const double* scores_behind(std::size_t prefix);
  std::size_t child_of(std::size_t prefix, int symbol, double score);
  std::vector<int> symbols_of(std::size_t prefix) const;

  CtcBeamOptions options_;
  std::vector<Prefix> prefixes_;
  std::vector<Kept> kept_;
  std::vector<Candidate> candidates_;
  std::vector<std::size_t> order_;  // of the candidates, the best first
  std::vector<double> log_probabilities_, symbol_scores_;
  std::vector<char> is_kept_;  // for each symbol, whether the prefix with it goes on already
};

}  // namespace unroll::inline v0
