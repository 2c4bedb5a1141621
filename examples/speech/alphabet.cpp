#include "speech/alphabet.hpp"

#include <unroll/framework/files/utf8.hpp>

#include <algorithm>
#include <set>

namespace speech {

namespace {

/// The letters of a text; a byte that is no UTF-8 is one.
std::vector<std::string_view> letters_in(std::string_view text) {
  std::vector<std::string_view> letters;
  while (!text.empty()) {
    const std::size_t length = unroll::detail::decode_utf8(std::as_bytes(std::span(text))).length;
    letters.push_back(text.substr(0, length == 0 ? 1 : length));
    text.remove_prefix(letters.back().size());
  }
  return letters;
}

bool is_between_words(char letter) { return std::string_view(" \t\n\r\v\f").find(letter) != std::string_view::npos; }

}  // namespace

Alphabet::Alphabet(std::span<const std::string> texts) {
  std::set<std::string_view> all;
  for (const std::string& text : texts)
    for (const std::string_view letter : letters_in(text)) all.insert(letter);
  letters_.assign(all.begin(), all.end());
}

std::string Alphabet::letters() const {
  std::string all;
  for (const std::string& letter : letters_) all += letter;
  return all;
}

int Alphabet::symbol_of(std::string_view letter) const {
  const auto found = std::ranges::find(letters_, letter);
  return found == letters_.end() ? -1 : static_cast<int>(found - letters_.begin()) + 1;
}

std::optional<std::vector<int>> Alphabet::symbols_of(std::string_view text) const {
  std::vector<int> symbols;
  for (const std::string_view letter : letters_in(text)) {
    symbols.push_back(symbol_of(letter));
    if (symbols.back() < 0) return std::nullopt;
  }
  return symbols;
}

std::string Alphabet::text_of(std::span<const int> symbols) const {
  std::string text;
  for (const int symbol : symbols) text += letters_.at(static_cast<std::size_t>(symbol - 1));
  return text;
}

std::string plain(std::string_view text) {
  std::string result;
  for (const char letter : text) {
    if (!is_between_words(letter))
      result += letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    else if (!result.empty() && result.back() != ' ')
      result += ' ';
  }
  if (result.ends_with(' ')) result.pop_back();
  return result;
}

}  // namespace speech
