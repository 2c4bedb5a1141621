#pragma once

#include <unroll/framework/tensor/random.hpp>
#include <unroll/framework/tensor/tensor.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

/// Random choices by probabilities that a model predicts: the next token of a text, the keys of the next chord. The
/// same Random makes the same choices, so split it for each step, `random.split(step)`. No gradient flows through a
/// choice.
namespace unroll::inline v0 {

/// 1 with the given probability and 0 otherwise, element i by the random number at position i: probabilities of any
/// shape, such as those of sigmoid(logits).value(), -> the same. Throws ArgumentError for one outside [0, 1].
template <class Scalar>
Tensor<Scalar> bernoulli(const Random& random, TensorView<const Scalar> probabilities);
/// The same for a Tensor.
template <class Scalar>
Tensor<Scalar> bernoulli(const Random& random, const Tensor<Scalar>& probabilities) {
  return bernoulli(random, probabilities.view());
}

/// How to choose one of V tokens by their logits. The defaults choose by softmax(logits).
struct Sampling {
  /// Divides the logits: below 1, likely tokens become likelier. Up to 1e-6 the likeliest one is taken.
  double temperature = 1;
  /// Chooses among the k likeliest tokens only, the first of equal ones; 0: among all.
  std::size_t top_k = 0;
  /// Chooses among the fewest likeliest tokens whose probabilities reach p (Holtzman et al. 2019, "The curious case of
  /// neural text degeneration"), after temperature and top_k; 1: among all.
  double top_p = 1;
};

/// A token that may be chosen, and its probability.
struct Candidate {
  int token;           ///< its index among the logits
  double probability;  ///< after temperature, top_k and top_p
};

/// Chooses tokens by their logits, one after another, in memory of its own. A logit of -infinity marks a token that
/// must not be chosen.
class CategoricalSampler {
 public:
  /// Throws ArgumentError unless the temperature is finite and at least 0, and top_p in (0, 1].
  CategoricalSampler(const Sampling& sampling, const Random& random);

  /// The token chosen by the random number at `position`. Throws NumericalError for a logit that is NaN or infinity and
  /// when all are -infinity, and ArgumentError when there are none.
  int draw(std::span<const float> logits, std::uint64_t position);
  /// The same.
  int draw(std::span<const double> logits, std::uint64_t position);

  /// The tokens among which draw chooses, the likeliest first and equal ones in order, until the next call. Their
  /// probabilities sum to 1. Throws as draw does.
  std::span<const Candidate> distribution(std::span<const float> logits);
  /// The same.
  std::span<const Candidate> distribution(std::span<const double> logits);

 private:
  /// A token that may be chosen.
  struct Scored {
    int token;
    double score;  // greater is likelier: at first its logit, then e^(logit - largest), at last its probability
  };

  template <class Scalar>
  void find_candidates(std::span<const Scalar> logits);
  void keep_likeliest(std::size_t count);
  void keep_nucleus();
  void sort_first(std::size_t count);
  int chosen(std::uint64_t position);
  std::span<const Candidate> in_order();

  Sampling sampling_;
  Random random_;
  std::vector<Scored> scored_;
  std::size_t sorted_ = 0;             // the likeliest ones in front, in order
  std::vector<Candidate> candidates_;  // what distribution returns
};

/// A token for each row of logits, row i by the random number at position i: [..., V] -> [...]. Throws as
/// CategoricalSampler does, and ShapeError for rows without numbers.
template <class Scalar>
Tensor<int> categorical(const Random& random, TensorView<const Scalar> logits, const Sampling& sampling = {});
/// The same for a Tensor.
template <class Scalar>
Tensor<int> categorical(const Random& random, const Tensor<Scalar>& logits, const Sampling& sampling = {}) {
  return categorical(random, logits.view(), sampling);
}

}  // namespace unroll::inline v0
