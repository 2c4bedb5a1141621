#pragma once

#include "online_learning/stream.hpp"
#include <unroll/models/layers/linear.hpp>
#include <unroll/models/sequences/carried_state.hpp>
#include <unroll/models/sequences/run.hpp>
#include <unroll/ops/cross_entropy.hpp>

namespace online_learning {

/// The loss of a hidden state [1, H], and whether the likelier answer is the right one.
struct Judge {
  const unroll::Linear<>& output;
  int answer;
  bool& right;
  unroll::Variable<> operator()(unroll::Variable<> hidden) const {
    const auto logits = output(hidden);
    right = (logits.value()[1] > logits.value()[0]) == (answer == 1);
    return unroll::cross_entropy(logits, unroll::Tensor<int>({1}, {answer}));
  }
};

/// Backpropagation through one step: the state before it is data. It has the interface of unroll::Rtrl.
template <class Cell>
class OneStep {
 public:
  explicit OneStep(Cell& cell) : cell_(cell), parameters_(cell) {}
  void advance(unroll::TensorView<const float> input) {
    tape_.clear();
    const auto row = tape_.constant({input.data(), {1, 1, CueStream::width}});
    const auto unrolled = run(cell_, row, {.state = memory_.resume(cell_, tape_, 1)});
    memory_.keep(unrolled.state);
    hidden_ = unrolled.state.hidden;
  }
  float backward(const Judge& loss_of, const unroll::Parameters<>& output) {
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
  unroll::Parameters<> parameters_;
  unroll::Tape<> tape_;
  unroll::CarriedState<> memory_;
  unroll::Variable<> hidden_;
};

}  // namespace online_learning
