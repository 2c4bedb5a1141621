#include "support/words.hpp"

#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace support {

namespace {

bool is_space(char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; }
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
         || static_cast<unsigned char>(c) >= 0x80;
}
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// How many signs of a text, which does not begin with a space, are its first word.
std::size_t length_of_word(std::string_view text) {
  std::size_t end = 1;
  if (!is_letter(text[0])) {
    while (end < text.size() && text[end] == text[0]) ++end;
    return end;
  }
  const auto goes_on = [&] {
    return is_letter(text[end]) || (text[end] == '\'' && end + 1 < text.size() && is_letter(text[end + 1]));
  };
  while (end < text.size() && goes_on()) ++end;
  return end;
}

}  // namespace

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    if (is_space(text[0])) {
      text.remove_prefix(1);
      continue;
    }
    std::string word(text.substr(0, length_of_word(text)));
    text.remove_prefix(word.size());
    std::transform(word.begin(), word.end(), word.begin(), lower);
    words.push_back(std::move(word));
  }
  return words;
}

WordVocabulary::WordVocabulary(const std::vector<std::string>& texts, std::size_t least) {
  std::map<std::string, std::size_t> counts;
  for (const std::string& text : texts) {
    const auto words = words_of(text);
    for (const std::string& word : std::set<std::string>(words.begin(), words.end())) ++counts[word];
  }
  std::vector<std::pair<std::size_t, std::string>> frequent;
  for (const auto& [word, count] : counts)
    if (count >= least) frequent.emplace_back(count, word);
  std::stable_sort(frequent.begin(), frequent.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  for (auto& [count, word] : frequent) words_.push_back(std::move(word));
  number_words();
}

WordVocabulary::WordVocabulary(std::string_view joined) : words_() {
  for (std::size_t end = 0; !joined.empty(); joined.remove_prefix(std::min(joined.size(), end + 1))) {
    end = std::min(joined.find(' '), joined.size());
    words_.emplace_back(joined.substr(0, end));
  }
  number_words();
}

void WordVocabulary::number_words() {
  for (const std::string& word : words_)
    if (!numbers_.emplace(word, static_cast<int>(numbers_.size() + 1)).second)
      throw unroll::FileError(fmt::format("a vocabulary has the word {} twice", unroll::quoted(word)));
}

std::vector<int> WordVocabulary::numbers_of(const std::vector<std::string>& words, std::size_t most) const {
  std::vector<int> numbers;
  for (std::size_t i = 0; i < std::min(words.size(), most); ++i) {
    const auto found = numbers_.find(words[i]);
    numbers.push_back(found == numbers_.end() ? 0 : found->second);
  }
  if (numbers.empty()) numbers.push_back(0);
  return numbers;
}

std::string WordVocabulary::joined() const { return fmt::format("{}", fmt::join(words_, " ")); }

}  // namespace support
