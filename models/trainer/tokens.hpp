#pragma once

#include <unroll/framework/files/text_file.hpp>

#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace unroll::inline v0 {

/// Tokens, read piece by piece from wherever they are: in memory, or in a file that may be larger than memory. A value:
/// copies read the same tokens, and several threads may read at once.
class Tokens {
 public:
  /// How tokens outside memory are read.
  struct Reader {
    std::size_t size = 0;                                   ///< How many there are.
    std::function<void(std::size_t, std::span<int>)> read;  ///< From one on, all of the span; several threads at once.
    std::function<std::string()> sha256;                    ///< What a checkpoint knows them by.
  };

  Tokens() = default;  ///< None.
  /// Tokens in memory, which must stay there.
  Tokens(std::span<const int> tokens) : memory_(tokens), size_(tokens.size()) {}
  /// The same.
  Tokens(const std::vector<int>& tokens) : Tokens(std::span<const int>(tokens)) {}
  /// Tokens anywhere else.
  explicit Tokens(Reader reader);

  std::size_t size() const { return size_; }             ///< How many there are.
  bool empty() const { return size_ == 0; }              ///< Whether there are none.
  std::size_t first_in_whole() const { return first_; }  ///< Where these begin in those that they are a piece of.
  /// A piece of them. Throws ArgumentError beyond the end.
  Tokens piece(std::size_t first, std::size_t count) const;
  /// Reads from `first` on, all of the span. Throws ArgumentError beyond the end, and what the reader throws.
  void read(std::size_t first, std::span<int> to) const;
  /// Of tokens in memory, these as bytes; of others, what their reader says of the whole.
  std::string sha256() const;

 private:
  friend class TokensAhead;

  std::shared_ptr<const Reader> reader_;  // none: they are in memory
  std::span<const int> memory_;
  std::size_t first_ = 0, size_ = 0;
};

/// The tokens of a text: each character is its number among those of the vocabulary, in ascending order, which must
/// have all characters of the text. Keeps a reference to the text.
///
///     const TextFile text("book.txt");
///     StreamWindows windows(tokens_of(text), 32, {.k1 = 64, .k2 = 64});
///
Tokens tokens_of(const TextFile& text, std::span<const char32_t> vocabulary);
/// The same with the characters of the text itself as its vocabulary.
Tokens tokens_of(const TextFile& text);
/// Deleted: the text must outlive its tokens.
Tokens tokens_of(const TextFile&& text) = delete;
/// Deleted likewise.
Tokens tokens_of(const TextFile&& text, std::span<const char32_t> vocabulary) = delete;

/// Tokens that are read before they are asked for: whoever goes on through a file reads it in large pieces.
class TokensAhead {
 public:
  /// Some tokens, which stay valid until the next call. Where they are not in memory, reads `ahead` at once, if there
  /// are so many.
  std::span<const int> read(const Tokens& from, std::size_t first, std::size_t count, std::size_t ahead);

 private:
  std::shared_ptr<const Tokens::Reader> reader_;
  std::size_t first_ = 0;
  std::vector<int> tokens_;
};

}  // namespace unroll::inline v0
