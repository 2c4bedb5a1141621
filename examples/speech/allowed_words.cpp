#include "speech/allowed_words.hpp"

#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/files/input_file.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <sstream>

namespace speech {

namespace {

using unroll::FileError, unroll::quoted;

constexpr std::size_t root = 1;
constexpr std::uint64_t longest_list = std::uint64_t{1} << 26U;  // bytes
constexpr double impossible = -std::numeric_limits<double>::infinity();

std::vector<std::string> words_in(const std::filesystem::path& path, const Alphabet& alphabet) {
  std::vector<std::string> words;
  std::istringstream lines(unroll::read_file(path, longest_list));
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    std::string word = plain(line);
    if (word.empty()) continue;
    if (word.find(' ') != std::string::npos)
      throw FileError(
          fmt::format("{}, line {}: {}, expected one word in each line", quoted(path), number, quoted(word)));
    if (!alphabet.symbols_of(word))
      throw FileError(fmt::format("{}, line {}: {} has a letter that the model never heard, expected letters of {}",
                                  quoted(path), number, quoted(word), quoted(alphabet.letters())));
    words.push_back(std::move(word));
  }
  if (words.empty()) throw FileError(fmt::format("{}: no words, expected one in each line", quoted(path)));
  return words;
}

}  // namespace

AllowedWords::AllowedWords(std::span<const std::string> words, const Alphabet& alphabet)
    : between_(alphabet.symbol_of(" ")), nodes_(2) {
  for (const std::string& word : words) add(alphabet.symbols_of(word).value_or(std::vector<int>{}));
}
AllowedWords::AllowedWords(const std::filesystem::path& path, const Alphabet& alphabet)
    : AllowedWords(words_in(path, alphabet), alphabet) {}

void AllowedWords::add(std::span<const int> word) {
  if (word.empty()) return;
  std::size_t node = root;
  for (const int symbol : word) {
    const auto [place, is_new] = nodes_[node].next.try_emplace(symbol, nodes_.size());
    node = place->second;
    if (is_new) nodes_.emplace_back();
  }
  nodes_[node].ends_word = true;
}

std::size_t AllowedWords::node_of(std::span<const int> symbols) const {
  const auto last = std::find(symbols.rbegin(), symbols.rend(), between_).base();
  std::size_t node = root;
  for (auto symbol = last; symbol != symbols.end() && node != none; ++symbol) {
    const auto found = nodes_[node].next.find(*symbol);
    node = found == nodes_[node].next.end() ? none : found->second;
  }
  return node;
}

unroll::CtcBeamOptions AllowedWords::beam(std::size_t width) const {
  const auto score = [this](std::span<const int> prefix, int symbol) {
    const Node& node = nodes_[node_of(prefix)];
    return (symbol == between_ ? node.ends_word : node.next.contains(symbol)) ? 0 : impossible;
  };
  const auto end_score = [this](std::span<const int> symbols) {
    return symbols.empty() || nodes_[node_of(symbols)].ends_word ? 0 : impossible;
  };
  return {.width = width, .score = score, .end_score = end_score};
}

}  // namespace speech
