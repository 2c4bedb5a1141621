#pragma once

#include <unroll/framework/tensor/random.hpp>
#include <unroll/framework/tensor/tensor.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace online_learning {

/// An endless stream of cues, noise and queries: a query follows its cue after gap to 2 gap steps. At a step that the
/// caller chooses the rule changes: the right answer is then the cue that was not shown.
class CueStream {
 public:
  static constexpr std::size_t width = 5;  // cue A, cue B, query, two channels of noise

  CueStream(std::uint64_t gap, std::uint64_t change, const unroll::Random& random)
      : random_(random), gap_(gap), change_(change) {}

  /// Steps from one query to the next, at most.
  static constexpr std::uint64_t longest_wait(std::uint64_t gap) { return 2 * gap + 1; }

  /// The input of the next step [1, width].
  const unroll::Tensor<>& next();
  /// The right answer at a query; none at other steps.
  std::optional<int> answer() const { return answer_; }

 private:
  unroll::Random random_;
  std::uint64_t gap_, change_, time_ = 0, wait_ = 0;
  int cue_ = 0;
  std::optional<int> answer_;
  unroll::Tensor<> input_{{1, width}};
};

}  // namespace online_learning
