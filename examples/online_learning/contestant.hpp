#pragma once

#include "online_learning/learners.hpp"
#include <unroll/framework/optimizers/adam.hpp>
#include <unroll/framework/optimizers/gradient_clipping.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>

namespace online_learning {

/// The score over the queries of a stretch, at least one.
struct Score {
  double loss = 0, right = 0;
  std::size_t queries = 0;
  double mean_loss() const { return loss / static_cast<double>(queries); }
  double accuracy() const { return right / static_cast<double>(queries); }
};

/// A learner with a network of its own, and its score.
template <class Cell, class Learner>
class Contestant {
 public:
  Contestant(Cell cell, const unroll::Linear<>& output, auto... arguments)
      : network_{std::move(cell), output}, learner_(network_.cell, arguments...), adam_({.learning_rate = 1e-2}) {}

  void read(const unroll::Tensor<>& input, std::optional<int> answer) {
    const auto begin = std::chrono::steady_clock::now();
    learner_.advance(input);
    if (answer) {
      bool right = false;
      score_.loss += static_cast<double>(learner_.backward(Judge{network_.output, *answer, right}, output_));
      score_.right += right;
      ++score_.queries;
      clip_gradient_norm(all_, 1.0);
      adam_.update(all_);
    }
    seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }
  /// The score over the queries since the last call.
  Score take_score() { return std::exchange(score_, {}); }
  double seconds() const { return seconds_; }
  std::size_t kept_entries() const { return learner_.kept_entries(); }

 private:
  struct Network {
    Cell cell;
    unroll::Linear<> output;
    static void members(auto& self, auto&& visit) { visit("cell", self.cell), visit("output", self.output); }
  };

  Network network_;
  Learner learner_;
  unroll::Parameters<> all_{network_}, output_{network_.output};
  unroll::Adam<> adam_;
  Score score_;
  double seconds_ = 0;
};

}  // namespace online_learning
