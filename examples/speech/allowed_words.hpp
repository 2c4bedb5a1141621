#pragma once

#include "speech/alphabet.hpp"
#include <unroll/ops/ctc_beam.hpp>

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace speech {

/// A list of words, to which a beam search can be held: it then spells nothing but these words, with one blank between
/// two.
class AllowedWords {
 public:
  AllowedWords(std::span<const std::string> words, const Alphabet& alphabet);
  /// Reads a file that has a word in each line. Throws unroll::IoError; and unroll::FileError, with the line, for
  /// several words in one, a letter that the alphabet lacks, and a file without words.
  AllowedWords(const std::filesystem::path& path, const Alphabet& alphabet);

  /// A search that is held to the words; they must outlive it.
  unroll::CtcBeamOptions beam(std::size_t width) const;

 private:
  static constexpr std::size_t none = 0;  // no word begins so; no node leads back to the root
  struct Node {
    std::map<int, std::size_t> next;
    bool ends_word = false;
  };

  void add(std::span<const int> word);
  /// The node that the last word of some symbols leads to, from the root, 1.
  std::size_t node_of(std::span<const int> symbols) const;

  int between_;              // the symbol of " "
  std::vector<Node> nodes_;  // the first one is unused, so that 0 means none
};

}  // namespace speech
