#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/sha256.hpp>
#include <unroll/models/trainer/tokens.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace unroll::inline v0 {

namespace {

void expect_piece(std::size_t first, std::size_t count, std::size_t size) {
  if (first > size || count > size - first)
    throw ArgumentError(fmt::format("tokens: {} from number {} on asked for, expected at most the {} that there are",
                                    counted(count, "token"), first, size));
}

/// The token of each character, and -1 of others.
std::vector<int> table_of(std::span<const char32_t> vocabulary) {
  if (std::ranges::adjacent_find(vocabulary, std::ranges::greater_equal()) != vocabulary.end())
    throw ArgumentError("tokens_of: the vocabulary is not in ascending order, each character once");
  std::vector<int> table(vocabulary.empty() ? 0 : vocabulary.back() + std::size_t{1}, -1);
  for (std::size_t token = 0; token < vocabulary.size(); ++token) table[vocabulary[token]] = static_cast<int>(token);
  return table;
}

int token_of(const std::vector<int>& table, char32_t character) {
  if (character < table.size() && table[character] >= 0) return table[character];
  throw ArgumentError(
      fmt::format("tokens_of: U+{:04X} of the text is not in the vocabulary", static_cast<std::uint32_t>(character)));
}

}  // namespace

Tokens::Tokens(Reader reader) : size_(reader.size) { reader_ = std::make_shared<const Reader>(std::move(reader)); }

Tokens Tokens::piece(std::size_t first, std::size_t count) const {
  expect_piece(first, count, size_);
  Tokens part(*this);
  part.first_ += first, part.size_ = count;
  if (!reader_) part.memory_ = memory_.subspan(first, count);
  return part;
}

void Tokens::read(std::size_t first, std::span<int> to) const {
  expect_piece(first, to.size(), size_);
  if (reader_)
    reader_->read(first_ + first, to);
  else
    std::ranges::copy(memory_.subspan(first, to.size()), to.begin());
}

std::string Tokens::sha256() const { return reader_ ? reader_->sha256() : sha256_of(std::as_bytes(memory_)); }

Tokens tokens_of(const TextFile& text, std::span<const char32_t> vocabulary) {
  const auto read = [&text, table = table_of(vocabulary)](std::size_t first, std::span<int> to) {
    std::array<char32_t, 4096> characters;
    for (std::size_t done = 0; done < to.size();) {
      const std::span piece(characters.data(), std::min(characters.size(), to.size() - done));
      text.read(first + done, piece);
      for (const char32_t character : piece) to[done++] = token_of(table, character);
    }
  };
  return Tokens({.size = text.size(), .read = read, .sha256 = [&text] { return text.sha256(); }});
}

Tokens tokens_of(const TextFile& text) {
  std::vector<char32_t> vocabulary;
  for (const CharacterCount& counted : text.characters()) vocabulary.push_back(counted.character);
  return tokens_of(text, vocabulary);
}

std::span<const int> TokensAhead::read(const Tokens& from, std::size_t first, std::size_t count, std::size_t ahead) {
  expect_piece(first, count, from.size());
  if (!from.reader_) return from.memory_.subspan(first, count);
  const std::size_t place = from.first_ + first;
  const bool is_here = reader_ == from.reader_ && place >= first_ && place - first_ <= tokens_.size()
                       && count <= tokens_.size() - (place - first_);
  if (!is_here) {
    reader_ = nullptr;  // should the read fail
    tokens_.resize(std::max(count, std::min(ahead, from.size() - first)));
    from.read(first, tokens_);
    reader_ = from.reader_, first_ = place;
  }
  return std::span(tokens_).subspan(place - first_, count);
}

}  // namespace unroll::inline v0
