#include "reber/grammar.hpp"

#include <array>
#include <set>
#include <utility>

namespace reber {

namespace {

struct Arrow {
  char symbol;
  std::size_t to;
};

constexpr std::size_t end = 7;

/// The two arrows out of each state of the inner grammar; the same one twice where there is no choice.
constexpr std::array<std::array<Arrow, 2>, end> arrows{{
    {{{'B', 1}, {'B', 1}}},
    {{{'T', 2}, {'P', 3}}},
    {{{'S', 2}, {'X', 4}}},
    {{{'T', 3}, {'V', 5}}},
    {{{'X', 3}, {'S', 6}}},
    {{{'P', 4}, {'V', 6}}},
    {{{'E', end}, {'E', end}}},
}};

constexpr SymbolSet only(char symbol) { return static_cast<SymbolSet>(1u << symbols.find(symbol)); }

void append(String& string, char symbol, unsigned successors) {
  string.text += symbol;
  string.successors.push_back(static_cast<SymbolSet>(successors));
}

}  // namespace

String draw_string(const unroll::Random& random) {
  std::uint64_t draws = 0;
  const char outer = random.bits(draws++) % 2 == 0 ? 'T' : 'P';
  String string;
  append(string, 'B', only('T') | only('P'));
  append(string, outer, only('B'));
  for (std::size_t state = 0; state != end;) {
    const Arrow& taken = arrows[state][random.bits(draws++) % 2];
    state = taken.to;
    const bool inside = state != end;
    append(string, taken.symbol, inside ? only(arrows[state][0].symbol) | only(arrows[state][1].symbol) : only(outer));
  }
  append(string, outer, only('E'));
  string.text += 'E';
  return string;
}

Strings draw_strings(std::size_t training, std::size_t held_out, const unroll::Random& random) {
  Strings strings;
  std::set<std::string> known;
  for (std::uint64_t draw = 0; strings.training.size() < training || strings.held_out.size() < held_out; ++draw) {
    String string = draw_string(random.split(draw));
    if (!known.insert(string.text).second) continue;
    // Alternately, since short strings are drawn first.
    const bool learn = strings.held_out.size() >= held_out || (draw % 2 == 0 && strings.training.size() < training);
    (learn ? strings.training : strings.held_out).push_back(std::move(string));
  }
  return strings;
}

}  // namespace reber
