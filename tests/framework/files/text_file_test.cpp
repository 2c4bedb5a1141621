#include "support/catch.hpp"
#include "support/messages.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/sha256.hpp>
#include <unroll/framework/files/text_file.hpp>
#include <unroll/framework/files/utf8.hpp>
#include <unroll/framework/tensor/random.hpp>

#include <algorithm>
#include <fstream>
#include <numeric>

using namespace unroll;
using Catch::Contains;

namespace {

/// Characters of one to four bytes in disorder: mostly ASCII, or hardly any.
std::u32string characters_in_disorder(std::size_t count, double ascii) {
  const Random random(7);
  std::u32string characters;
  for (std::size_t i = 0; i < count; ++i) {
    const double rest = random.uniform(2 * i);
    const char32_t beyond = rest < 0.4 ? U'\u00e9' : rest < 0.8 ? U'\u20ac' : U'\U0001f600';
    characters += random.uniform(2 * i + 1) < ascii ? U'a' + static_cast<char32_t>(rest * 26) : beyond;
  }
  return characters;
}

std::string utf8_of(const std::u32string& characters) {
  std::string bytes;
  for (const char32_t character : characters) append_utf8(bytes, character);
  return bytes;
}

std::u32string read(const TextFile& text, std::uint64_t first, std::size_t count) {
  std::u32string characters(count, U'?');
  text.read(first, characters);
  return characters;
}

std::filesystem::path file_with(const TemporaryDirectory& folder, const std::string& bytes) {
  std::ofstream(folder / "text", std::ios::binary) << bytes;
  return folder / "text";
}

}  // namespace

TEST_CASE("any piece of a text is read from its file as from memory") {
  const TemporaryDirectory folder;
  const auto [count, ascii, mark] = GENERATE(table<std::size_t, double, std::string>({{1, 1.0, ""},
                                                                                      {100, 0.5, ""},
                                                                                      {16384, 1.0, "\xef\xbb\xbf"},
                                                                                      {50000, 1.0, ""},
                                                                                      {50000, 0.97, "\xef\xbb\xbf"},
                                                                                      {300001, 0.1, ""}}));
  const std::u32string expected = characters_in_disorder(count, ascii);
  const std::string bytes = mark + utf8_of(expected);
  const TextFile in_file(file_with(folder, bytes)), in_memory(bytes, "x");
  for (const TextFile* text : {&in_file, &in_memory}) {
    REQUIRE(text->size() == count);
    CHECK(read(*text, 0, count) == expected);
    CHECK(text->sha256() == sha256_of(std::as_bytes(std::span(bytes))));
    for (const std::uint64_t first : {0, 1, 63, 16383, 16384, 16385, 40000, 131072, 299999})
      for (const std::size_t length : {0, 1, 64, 5000, 40000}) {
        if (first >= count) continue;
        const std::size_t fits = std::min<std::size_t>(length, count - first);
        CHECK(read(*text, first, fits) == expected.substr(first, fits));
      }
  }
}

TEST_CASE("bytes are read as they are") {
  std::string bytes(70000, '\0');
  std::iota(bytes.begin(), bytes.end(), '\0');
  const TextFile text(bytes, "x", {.unit = CharacterUnit::byte});
  const auto found = read(text, 0, bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) REQUIRE(found[i] == static_cast<unsigned char>(bytes[i]));
}

TEST_CASE("a text is read as if all characters but some were not there") {
  const std::u32string whole = characters_in_disorder(100000, 0.5);
  TextFile text(utf8_of(whole), "x");
  const std::u32string kept = GENERATE(U"ab\u20ac\U0010ffff", U"\u00e9", U"", U"abcdefghijklmnopqrstuvwxyz");
  text.keep_only(kept);
  std::u32string expected;
  for (const char32_t character : whole)
    if (kept.find(character) != std::u32string::npos) expected += character;
  REQUIRE(text.size() == expected.size());
  CHECK(read(text, 0, expected.size()) == expected);
  if (expected.size() > 17000) CHECK(read(text, 16900, 100) == expected.substr(16900, 100));
  for (const auto& [character, count] : text.characters())
    CHECK(count == static_cast<std::uint64_t>(std::ranges::count(expected, character)));
}

TEST_CASE("reading beyond the end of a text is refused, whatever the numbers") {
  const TextFile text("four", "x");
  CHECK(read(text, 4, 0).empty());
  CHECK_THAT(message_of<ArgumentError>([&] { read(text, 3, 2); }),
             Contains("\"x\": 2 characters from number 3 on asked for, expected at most the 4 that it has"));
  for (const std::uint64_t first :
       {std::uint64_t{5}, std::uint64_t{1} << 31, std::uint64_t{1} << 62, ~std::uint64_t{0}})
    CHECK_THROWS_AS(read(text, first, 1), ArgumentError);
}

TEST_CASE("a text that is changed after it was opened is an error where it is read next") {
  const TemporaryDirectory folder;
  const auto path = file_with(folder, "a text of some characters");
  const TextFile text(path);
  CHECK(read(text, 0, 3) == U"a t");
  SECTION("longer") {
    std::ofstream(path, std::ios::app) << "more";
    CHECK_THAT(message_of<IoError>([&] { read(text, 0, 3); }),
               Contains("it had 25 bytes when it was opened, and has 29 now: it was changed while it was read"));
  }
  SECTION("shorter") {
    std::filesystem::resize_file(path, 5);
    CHECK_THAT(message_of<IoError>([&] { read(text, 0, 3); }), Contains("25 bytes when it was opened, and has 5"));
    CHECK_THAT(message_of<IoError>([&] { read(text, 20, 3); }), Contains("was it changed while it was read?"));
  }
  SECTION("written to") {
    std::filesystem::last_write_time(path, std::filesystem::last_write_time(path) + std::chrono::seconds(1));
    CHECK_THAT(message_of<IoError>([&] { read(text, 0, 3); }), Contains("it was written to while it was read"));
    CHECK_THROWS_AS(text.sha256(), IoError);
  }
  SECTION("replaced, the old text is still there") {
    std::filesystem::remove(path);
    std::ofstream(path) << "another";
    CHECK(read(text, 0, 3) == U"a t");
  }
}

TEST_CASE("bytes that are no longer UTF-8 are an error, though the time of the file says that nothing was written") {
  const TemporaryDirectory folder;
  const auto path = file_with(folder, "\u00e9\u00e9\u00e9\u00e9");
  const auto time = std::filesystem::last_write_time(path);
  const TextFile text(path);
  std::fstream(path, std::ios::in | std::ios::out) << "abc\xff";
  std::filesystem::last_write_time(path, time);
  CHECK_THAT(message_of<IoError>([&] { read(text, 0, 4); }), Contains("no longer the UTF-8 that it was"));
}

TEST_CASE("what is no regular file is refused") {
  const TemporaryDirectory folder;
  CHECK_THROWS_WITH(TextFile(folder.path()), Contains("directory"));
  CHECK_THROWS_AS(TextFile(folder / "missing"), IoError);
}
