#pragma once

#include <unroll/framework/tensor/tensor.hpp>
#include <unroll/models/trainer/batch_source.hpp>
#include <unroll/models/trainer/tokens.hpp>
#include <unroll/models/training/truncated.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace unroll::inline v0 {

/// Some steps of streams that lie side by side: each token, and the one that follows it.
struct StreamWindow {
  Tensor<int> tokens;   ///< [T, N]
  Tensor<int> targets;  ///< [T, N]: the next token of each.

  std::size_t steps() const { return tokens.shape()[0]; }      ///< T
  std::size_t sequences() const { return tokens.shape()[1]; }  ///< N
  std::size_t items() const { return tokens.size(); }          ///< T N
};

/// What streams give for one update: the windows of k1 steps.
struct StreamBatch {
  std::vector<StreamWindow> windows;  ///< In order; each is recorded as one piece.
  std::size_t count = 0;              ///< Tokens of all windows together.
  bool last = false;                  ///< Whether the streams end here.
  std::vector<TokensAhead> ahead;     ///< What has been read of each stream for the batches that follow.
};

/// A text as N continuous streams side by side, read a window of T steps at a time:
///
///     stream 0:  a b c d | e f g h | i j        the text is "abcdefghijklmnopqrstu", N = 2, T = 4,
///     stream 1:  k l m n | o p q r | s t        and targets are the same, one on: b c d e | f g h i | j k
///
/// A stream's state goes on from one window to the next (carried_loss.hpp). The last window is shorter when T does not
/// divide a stream. Up to N tokens at the end of the text, which do not fill a row, are not used. An update has the
/// windows of k1 steps; a window has as many steps as k1 and k2 have in common (Truncation::chunk).
class StreamWindows {
 public:
  using Batch = StreamBatch;  ///< An update's windows.

  /// Reads tokens that are in memory, or in a file (tokens_of): of a file, some thousand ahead for each stream, 4 MB in
  /// all. Throws ArgumentError unless there are at least streams + 1 tokens, at least one
  /// stream, and k1 and k2 are at least 1.
  StreamWindows(Tokens tokens, std::size_t streams, const Truncation& truncation);

  std::size_t streams() const { return streams_; }          ///< N
  std::size_t length() const { return length_; }            ///< Tokens that a stream predicts in an epoch.
  std::size_t items() const { return length_ * streams_; }  ///< Tokens of all streams in an epoch.
  std::size_t batches() const { return (length_ - 1) / truncation_.k1 + 1; }  ///< Updates in an epoch.
  void begin_epoch(const Random&) {}                                          ///< Streams keep their order.
  /// The SHA-256 of the tokens (Tokens::sha256), which of them these are, and the number of streams, which a checkpoint
  /// keeps.
  std::map<std::string, std::string> settings() const;
  /// Reads a part of the streams of an update. Allocates only when the windows grow.
  void read(std::size_t batch, BatchPart part, StreamBatch& to) const;

 private:
  void read_window(std::size_t first_step, std::size_t steps, BatchPart::Range range, StreamBatch& batch,
                   StreamWindow& to) const;

  Tokens tokens_;
  std::size_t streams_, length_;
  Truncation truncation_;
  std::size_t chunk_;
};

}  // namespace unroll::inline v0
