#include "reber/batches.hpp"
#include "support/catch.hpp"

#include <map>
#include <regex>
#include <set>

using namespace reber;
using unroll::Random;

namespace {

/// Reber's grammar as a regular expression, made by hand from its diagram: another way to it than the table.
const std::string inner = "B((TS*X|PT*VP)(XT*VP)*(S|XT*VV)|PT*VV)E";
const std::regex embedded("B(T" + inner + "T|P" + inner + "P)E");

/// Every string of the grammar up to a length, from the same expression: its stars are counted out.
std::set<std::string> all_strings(std::size_t longest) {
  std::vector<std::string> ends{"S"}, starts, bodies;
  const auto repeated = [](std::size_t count, char symbol) { return std::string(count, symbol); };
  for (std::size_t count = 0; count <= longest; ++count) {
    starts.push_back("T" + repeated(count, 'S') + "X");
    starts.push_back("P" + repeated(count, 'T') + "VP");
    ends.push_back("X" + repeated(count, 'T') + "VV");
    bodies.push_back("P" + repeated(count, 'T') + "VV");
  }
  for (std::size_t i = 0; i < starts.size(); ++i) {  // grows while it is read: loops through XT*VP
    const std::string start = starts[i];
    if (start.size() > longest) continue;
    for (const auto& end : ends) bodies.push_back(start + end);
    for (std::size_t count = 0; start.size() + count + 3 <= longest; ++count)
      starts.push_back(start + "X" + repeated(count, 'T') + "VP");
  }
  std::set<std::string> strings;
  for (const auto& body : bodies)
    for (const std::string frame : {"T", "P"})
      if (body.size() + 6 <= longest) strings.insert("B" + frame + "B" + body + "E" + frame + "E");
  return strings;
}

SymbolSet set_of(const std::set<char>& characters) {
  unsigned set = 0;
  for (const char symbol : characters) set |= 1u << symbols.find(symbol);
  return static_cast<SymbolSet>(set);
}

}  // namespace

TEST_CASE("reber: every string drawn is of the grammar") {
  for (std::uint64_t draw = 0; draw < 2000; ++draw) {
    const String string = draw_string(Random(1).split(draw));
    REQUIRE(std::regex_match(string.text, embedded));
    REQUIRE(string.successors.size() + 1 == string.text.size());
  }
  CHECK_FALSE(std::regex_match("BTBTXSEPE", embedded));  // the frame does not close
}

TEST_CASE("reber: the successors are those of all strings that begin so") {
  const std::set<std::string> all = all_strings(18);
  std::map<std::string, std::set<char>> following;
  for (const auto& string : all) {
    REQUIRE(std::regex_match(string, embedded));
    for (std::size_t i = 1; i < string.size(); ++i) following[string.substr(0, i)].insert(string[i]);
  }
  std::size_t compared = 0;
  for (std::uint64_t draw = 0; draw < 1000; ++draw) {
    const String string = draw_string(Random(2).split(draw));
    for (std::size_t i = 1; i < string.text.size() && i <= 10; ++i, ++compared)  // 8 more end any string
      REQUIRE(string.successors[i - 1] == set_of(following.at(string.text.substr(0, i))));
    const std::size_t last = string.text.size() - 1;
    REQUIRE(string.successors[last - 1] == set_of({'E'}));
    REQUIRE(string.successors[last - 2] == set_of({string.text[1]}));
  }
  CHECK(compared > 8000);
}

TEST_CASE("reber: every short string is drawn, as often as its branches say") {
  std::map<std::string, int> drawn;
  const int draws = 20000;
  for (int draw = 0; draw < draws; ++draw) ++drawn[draw_string(Random(3).split(static_cast<std::uint64_t>(draw))).text];
  for (const auto& string : all_strings(11)) CHECK(drawn[string] > 0);
  // The frame, and three branches: T, X and S.
  CHECK(drawn["BTBTXSETE"] == Approx(draws / 16.0).margin(4 * std::sqrt(draws / 16.0)));
}

TEST_CASE("reber: training and held-out strings are all different") {
  const Strings strings = draw_strings(100, 60, Random(4));
  REQUIRE(strings.training.size() == 100);
  REQUIRE(strings.held_out.size() == 60);
  std::set<std::string> different;
  for (const auto& string : strings.training) different.insert(string.text);
  for (const auto& string : strings.held_out) different.insert(string.text);
  CHECK(different.size() == 160);
}

TEST_CASE("reber: batches hold every string once, with others of its length") {
  const Strings strings = draw_strings(50, 1, Random(5));
  std::vector<const String*> addresses;
  for (const auto& string : strings.training) addresses.push_back(&string);
  std::multiset<const String*> found;
  std::size_t length = 0;
  for (const Batch& batch : batches_by_length(addresses)) {
    const std::size_t steps = batch.symbols.shape()[0], count = batch.symbols.shape()[1];
    REQUIRE(batch.strings.size() == count);
    REQUIRE(batch.targets.shape() == batch.symbols.shape());
    CHECK(steps > std::exchange(length, steps));
    for (std::size_t n = 0; n < count; ++n) {
      found.insert(batch.strings[n]);
      std::string read(1, 'B'), before;
      for (std::size_t t = 0; t < steps; ++t) {
        before += symbols[static_cast<std::size_t>(batch.symbols.at({t, n}))];
        read += symbols[static_cast<std::size_t>(batch.targets.at({t, n}))];
      }
      CHECK(read == batch.strings[n]->text);
      CHECK(before + 'E' == batch.strings[n]->text);
    }
  }
  CHECK(found == std::multiset<const String*>(addresses.begin(), addresses.end()));
  CHECK(batches_by_length({}).empty());
}
