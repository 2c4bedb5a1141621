#pragma once

#include <unroll/framework/tensor/tensor.hpp>

#include <cstddef>
#include <span>
#include <string>

namespace character_model {

/// The beginning of a text, for training, and its end, for validation. No character is in both: the first target of the
/// validation part is its second character.
struct Split {
  std::span<const int> training, validation;
};

/// Keeps the last `fraction` of the tokens for validation.
Split split(std::span<const int> tokens, double fraction);

/// Throws unroll::ArgumentError unless the training part fills one window of every stream, and the validation part, if
/// its fraction is above 0, has a character to predict. The error says how long the text `name` is, how long it must
/// be, and which flag to lower; `steps_flag` is the flag that sets the steps.
void expect_long_enough(const std::string& name, std::size_t characters, double fraction, std::size_t streams,
                        std::size_t steps, const std::string& steps_flag = "--steps");

/// A text as N continuous streams side by side, read a window of T steps at a time:
///
///     stream 0:  a b c d | e f g h | i j        the text is "abcdefghijklmnopqrstu", N = 2, T = 4;
///     stream 1:  k l m n | o p q r | s t        targets are the same, one on: b c d e | f g h i | j k
///
/// A stream's state goes on from one window to the next. The last window is shorter when T does not divide a stream. Up
/// to N characters at the end of the text, which do not fill a row, are not used.
class Streams {
 public:
  /// Keeps a reference to the tokens. Throws unroll::ArgumentError unless there are at least count + 1 tokens.
  Streams(std::span<const int> tokens, std::size_t count, std::size_t steps);

  std::size_t count() const { return count_; }
  /// Characters predicted by each stream, and by all of them, in one pass over the text.
  std::size_t length() const { return length_; }
  std::size_t characters() const { return length_ * count_; }
  std::size_t windows() const { return (length_ + steps_ - 1) / steps_; }
  /// Steps of a window: T, or fewer in the last one.
  std::size_t steps(std::size_t window) const;

  /// Reads streams [first, first + count) of a window into inputs and targets [T, count]. Allocates only when these
  /// grow.
  void read(std::size_t window, std::size_t first, std::size_t count, unroll::Tensor<int>& inputs,
            unroll::Tensor<int>& targets) const;

 private:
  std::span<const int> tokens_;
  std::size_t count_, steps_, length_;
};

/// How many streams `measure` reads a text in: at most 64, each with at least 512 characters, since every stream begins
/// without a past; one for short texts. It depends on nothing else, so that the loss depends on the text alone.
std::size_t streams_for_measuring(std::size_t tokens);

}  // namespace character_model
