#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace speech {

/// The letters that a model writes, as symbols: 0 is the blank of ctc_loss, the letters begin with 1.
class Alphabet {
 public:
  /// The letters of some texts (UTF-8), in the order of their code points.
  explicit Alphabet(std::span<const std::string> texts);

  /// All letters in their order, which make the alphabet again.
  std::string letters() const;
  /// The number of symbols, that of the blank included.
  std::size_t symbols() const { return letters_.size() + 1; }
  /// The symbols of a text; nothing if it has a letter that the alphabet lacks.
  std::optional<std::vector<int>> symbols_of(std::string_view text) const;
  /// The text of symbols, none of which may be the blank.
  std::string text_of(std::span<const int> symbols) const;
  /// The symbol of a letter; -1 if there is none.
  int symbol_of(std::string_view letter) const;

 private:
  std::vector<std::string> letters_;
};

/// A text in small letters of ASCII, with one blank between words and none around them.
std::string plain(std::string_view text);

}  // namespace speech
