#pragma once

#include <unroll/framework/tensor/tensor.hpp>
#include <unroll/models/trainer/tokens.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace unroll::inline v0 {

/// Some steps of pieces of a text that lie side by side: each token, and the one that follows it.
struct StreamWindow {
  Tensor<int> tokens;   ///< [T, N]
  Tensor<int> targets;  ///< [T, N]: the next token of each.
  /// Marks [T, N], 1 where a document begins, as `run` takes them: run(cell, inputs, {.starts = window.starts}). Empty
  /// when the source has not been told where documents begin.
  std::optional<Tensor<int>> starts = {};

  std::size_t steps() const { return tokens.shape()[0]; }      ///< T
  std::size_t sequences() const { return tokens.shape()[1]; }  ///< N
  std::size_t items() const { return tokens.size(); }          ///< T N
};

/// Where documents begin in a text in which each begins with the same token: the positions of this token, ascending.
/// Such a token is the last target of one document and the first input of the next, so that no loss looks over a border
/// of documents, and a document is written from zeros with this token as the prompt. Where a
/// token ends each document, it also begins the next one.
std::vector<std::size_t> document_starts(std::span<const int> tokens, int first_token);

namespace detail {

/// A text, and the positions at which its documents begin.
class DocumentText {
 public:
  /// Throws ArgumentError unless the positions ascend and are in the text.
  DocumentText(std::string_view operation, Tokens tokens, std::vector<std::size_t> starts);

  const Tokens& tokens() const { return tokens_; }
  /// Adds the SHA-256 of the tokens, which of them these are, and the SHA-256 of the starts if there are some.
  void add_settings(std::map<std::string, std::string>& settings) const;
  /// Makes a window of `steps` steps of `rows` rows, for read_row; allocates only for another shape than it has.
  void make_window(std::size_t steps, std::size_t rows, StreamWindow& window) const;
  /// Reads the steps from a position on into a row. Of a file, it reads up to `most` tokens from there on, and keeps in
  /// `ahead` what a later call may want.
  void read_row(std::size_t position, std::size_t row, std::size_t most, TokensAhead& ahead, StreamWindow& to) const;

 private:
  Tokens tokens_;
  std::vector<std::size_t> starts_;
};

}  // namespace detail

}  // namespace unroll::inline v0
