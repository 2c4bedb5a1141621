#include "support/catch.hpp"
#include "support/messages.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/sha256.hpp>
#include <unroll/models/trainer/tokens.hpp>

#include <fstream>
#include <numeric>

using namespace unroll;
using Catch::Contains;

namespace {

std::vector<int> all_of(const Tokens& tokens) {
  std::vector<int> all(tokens.size());
  tokens.read(0, all);
  return all;
}

/// Tokens that are their own numbers, and how often they are read.
Tokens numbers(std::size_t size, int& reads) {
  return Tokens({.size = size,
                 .read =
                     [&reads](std::size_t first, std::span<int> to) {
                       ++reads;
                       std::iota(to.begin(), to.end(), static_cast<int>(first));
                     },
                 .sha256 = [] { return std::string("of the whole"); }});
}

}  // namespace

TEST_CASE("a character is the number that it has among those of the text, or of a vocabulary") {
  const TextFile text("ba\u00e9b a", "x");
  CHECK(all_of(tokens_of(text)) == std::vector<int>{2, 1, 3, 2, 0, 1});
  const std::u32string vocabulary = U" ab\u00e9\U0001f600";
  CHECK(all_of(tokens_of(text, vocabulary)) == std::vector<int>{2, 1, 3, 2, 0, 1});
  CHECK(tokens_of(text).sha256() == text.sha256());
}

TEST_CASE("a text that has more than its vocabulary, or a vocabulary in disorder, is refused") {
  const TextFile text("abc", "x");
  const Tokens tokens = tokens_of(text, std::u32string(U"ac"));
  CHECK_THAT(message_of<ArgumentError>([&] { all_of(tokens); }), Contains("U+0062 of the text is not in the vocab"));
  for (const char32_t* vocabulary : {U"ba", U"aa"})
    CHECK_THAT(message_of<ArgumentError>([&] { tokens_of(text, std::u32string(vocabulary)); }),
               Contains("not in ascending order"));
}

TEST_CASE("a piece of tokens is a piece of them wherever they are") {
  int reads = 0;
  std::vector<int> memory(100);
  std::iota(memory.begin(), memory.end(), 0);
  for (const Tokens& whole : {Tokens(memory), numbers(100, reads)}) {
    const Tokens part = whole.piece(10, 50).piece(5, 20);
    CHECK(part.size() == 20);
    CHECK(part.first_in_whole() == 15);
    CHECK(all_of(part) == std::vector<int>(memory.begin() + 15, memory.begin() + 35));
    CHECK(whole.piece(100, 0).empty());
    std::vector<int> two(2);
    CHECK_THAT(message_of<ArgumentError>([&] { part.read(19, two); }),
               Contains("tokens: 2 tokens from number 19 on asked for, expected at most the 20 that there are"));
    for (const std::size_t size : {std::size_t{101}, std::size_t{1} << 31, std::size_t{1} << 62, ~std::size_t{0}}) {
      CHECK_THROWS_AS(whole.piece(0, size), ArgumentError);
      CHECK_THROWS_AS(whole.piece(size, 0), ArgumentError);
      CHECK_THROWS_AS(whole.piece(50, size), ArgumentError);
    }
  }
  CHECK(Tokens().empty());
}

TEST_CASE("tokens in memory are known by themselves, others by what their reader says") {
  int reads = 0;
  const std::vector<int> memory{1, 2, 3};
  CHECK(Tokens(memory).piece(1, 2).sha256() == sha256_of(std::as_bytes(std::span(memory).last(2))));
  CHECK(numbers(9, reads).piece(1, 2).sha256() == "of the whole");
}

TEST_CASE(
    "whoever goes on through tokens outside memory reads them in large pieces, in any order to the same numbers") {
  int reads = 0;
  const Tokens whole = numbers(1000, reads), part = whole.piece(100, 850);
  TokensAhead ahead;
  for (std::size_t first = 0; first + 11 <= 850; first += 10) {
    const auto read = ahead.read(part, first, 11, 200);
    REQUIRE(read.size() == 11);
    for (std::size_t i = 0; i < 11; ++i) REQUIRE(read[i] == static_cast<int>(100 + first + i));
  }
  CHECK(reads == 5);
  CHECK(ahead.read(whole, 940, 10, 200)[0] == 940);  // what is here of a piece is here of the whole
  CHECK(reads == 5);
  CHECK(ahead.read(whole, 3, 300, 200)[299] == 302);  // more than ahead
  CHECK(ahead.read(whole, 2, 1, 200)[0] == 2);        // before
  CHECK(reads == 7);
  const Tokens others = numbers(1000, reads);
  CHECK(ahead.read(others, 2, 1, 200)[0] == 2);  // of something else
  CHECK(reads == 8);
  CHECK_THROWS_AS(ahead.read(part, 850, 1, 1), ArgumentError);
}

TEST_CASE("a failed read leaves nothing to be taken for tokens") {
  bool fails = true;
  const Tokens tokens({.size = 10,
                       .read =
                           [&](std::size_t first, std::span<int> to) {
                             if (fails) throw IoError("gone");
                             std::iota(to.begin(), to.end(), static_cast<int>(first));
                           },
                       .sha256 = [] { return std::string(); }});
  TokensAhead ahead;
  CHECK_THROWS_AS(ahead.read(tokens, 4, 2, 6), IoError);
  fails = false;
  CHECK(ahead.read(tokens, 4, 2, 6)[1] == 5);
}

TEST_CASE("tokens in memory are read where they are") {
  const std::vector<int> memory{1, 2, 3};
  TokensAhead ahead;
  CHECK(ahead.read(memory, 1, 2, 100).data() == memory.data() + 1);
}
