#include "program/judge.hpp"
#include <unroll/framework/tensor/random.hpp>

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string_view>
#include <vector>

// Random programs of ops, with any compiler: fuzz_programs [--runs N] [--seed S]. Program i of a seed is always the
// same. Ends with 1 when one disagrees.
namespace {

std::vector<std::uint8_t> bytes_of(std::uint64_t seed, std::uint64_t run) {
  const unroll::Random random = unroll::Random(seed).split(run);
  std::vector<std::uint8_t> bytes(16 + random.bits(0) % 200);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(random.bits(i + 1) >> 8);
  return bytes;
}

bool read(const char* text, std::uint64_t& number) {
  const std::string_view word(text);
  const auto [end, error] = std::from_chars(word.begin(), word.end(), number);
  return error == std::errc() && end == word.end();
}

}  // namespace

int main(int count, char** words) {
  std::uint64_t runs = 10000, seed = 1, first = 0, findings = 0, steps = 0;
  for (int i = 1; i < count; i += 2) {
    const std::string_view name(words[i]);
    std::uint64_t* const number = name == "--runs"    ? &runs
                                  : name == "--seed"  ? &seed
                                  : name == "--first" ? &first
                                                      : nullptr;
    if (number == nullptr || i + 1 >= count || !read(words[i + 1], *number)) {
      std::fputs("usage: fuzz_programs [--runs N] [--seed S] [--first PROGRAM]\n", stderr);
      return 2;
    }
  }
  std::map<std::string, std::uint64_t> used;
  for (std::uint64_t run = first; run < first + runs; ++run) {
    const fuzzing::Program program = fuzzing::decode(bytes_of(seed, run));
    for (const auto& item : program.items)
      if (const auto* const step = std::get_if<fuzzing::Step>(&item)) ++used[step->op->name], ++steps;
    if (const auto what = fuzzing::disagreement(program)) {
      ++findings;
      fmt::print(stderr, "program {} of seed {}: {}\n{}", run, seed, *what, fuzzing::to_string(program));
      if (findings == 20) break;
    }
  }
  for (const auto& kind : fuzzing::every_kind()) fmt::print("{:>9} {}\n", used[kind.name], kind.name);
  fmt::print("{} programs of {} ops, {} findings\n", runs, steps, findings);
  return findings == 0 ? 0 : 1;
}
