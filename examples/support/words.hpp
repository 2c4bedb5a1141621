#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace support {

/// The words of a text in lower case, and its other signs: letters (also those beyond ASCII, which stay as they are),
/// digits and apostrophes within make a word; each run of one other sign that is no space is a word of its own.
///
///     words_of("It isn't THAT good!!!") == {"it", "isn't", "that", "good", "!!!"}
std::vector<std::string> words_of(std::string_view text);

/// Words by number. Number 0 stands for all others.
class WordVocabulary {
 public:
  /// The words that are in at least `least` of the texts, those that are in most of them first.
  WordVocabulary(const std::vector<std::string>& texts, std::size_t least);
  /// The vocabulary of a model's file. Throws unroll::FileError for a word that is there twice.
  explicit WordVocabulary(std::string_view joined);

  /// How many numbers there are.
  std::size_t size() const { return words_.size() + 1; }
  /// The numbers of words, of at most the first `most`. A text without words has the one number 0.
  std::vector<int> numbers_of(const std::vector<std::string>& words, std::size_t most) const;
  /// All words with spaces between, for a model's file.
  std::string joined() const;

 private:
  void number_words();

  std::vector<std::string> words_;
  std::unordered_map<std::string, int> numbers_;
};

}  // namespace support
