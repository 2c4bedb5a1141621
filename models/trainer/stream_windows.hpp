#pragma once

#include <unroll/models/trainer/batch_source.hpp>
#include <unroll/models/trainer/stream_window.hpp>
#include <unroll/models/trainer/tokens.hpp>
#include <unroll/models/training/truncated.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace unroll::inline v0 {

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
///
/// A text may be documents that stand behind one another. Told where they begin, its windows have marks, by which a
/// state begins anew within a window, and no gradient passes from one document into the one before:
///
///     StreamWindows documents(tokens, 32, loss.truncation, document_starts(tokens, separator));
///     const auto [outputs, next] = run(cell, inputs, {.state = state, .starts = window.starts});  // in the loss
///
/// The rest of a document that the end of a stream cuts begins the next stream, from zeros too.
///
/// With carried_loss.hpp, measure judges "state carried on": each token is predicted from all tokens before it in its
/// stream. ShuffledWindows (shuffled_windows.hpp) judge "windows from zeros".
class StreamWindows {
 public:
  using Batch = StreamBatch;  ///< An update's windows.

  /// Reads tokens that are in memory, or in a file (tokens_of): of a file, some thousand ahead for each stream, 4 MB in
  /// all. `starts` are the positions at which documents begin. Throws ArgumentError unless there are at least
  /// streams + 1 tokens, at least one stream, k1 and k2 are at least 1, and the starts ascend and are positions in the
  /// text.
  StreamWindows(Tokens tokens, std::size_t streams, const Truncation& truncation, std::vector<std::size_t> starts = {});

  std::size_t streams() const { return streams_; }          ///< N
  std::size_t length() const { return length_; }            ///< Tokens that a stream predicts in an epoch.
  std::size_t items() const { return length_ * streams_; }  ///< Tokens of all streams in an epoch.
  std::size_t batches() const { return (length_ - 1) / truncation_.k1 + 1; }  ///< Updates in an epoch.
  void begin_epoch(const Random&) {}                                          ///< Streams keep their order.
  /// The SHA-256 of the tokens (Tokens::sha256) and of the starts, which of them these are, and the number of streams,
  /// which a checkpoint keeps.
  std::map<std::string, std::string> settings() const;
  /// Reads a part of the streams of an update. Allocates only when the windows grow.
  void read(std::size_t batch, BatchPart part, StreamBatch& to) const;

 private:
  void read_window(std::size_t first_step, std::size_t steps, BatchPart::Range range, StreamBatch& batch,
                   StreamWindow& to) const;

  detail::DocumentText text_;
  std::size_t streams_, length_;
  Truncation truncation_;
  std::size_t chunk_;
};

}  // namespace unroll::inline v0
