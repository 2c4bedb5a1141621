#include "console/parsing.hpp"
#include "fuzz/support.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string>

/// The numbers and words of command lines. A number that is read is in its range, and is read again as it is printed.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzzing::as_text(data, size);
  fuzzing::read_or_refuse<unroll::ArgumentError>([&] {
    const auto number = console::parse_whole("--steps", text, 3, 1'000'000);
    fuzzing::expect(number >= 3 && number <= 1'000'000, "a whole number is in its range");
    fuzzing::expect(console::parse_whole("--steps", fmt::format("{}", number), 3, 1'000'000) == number,
                    "it is read again");
  });
  fuzzing::read_or_refuse<unroll::ArgumentError>([&] {
    const double number = console::parse_real("--rate", text, {.low = -2, .high = 5, .open_high = true});
    fuzzing::expect(number >= -2 && number < 5, "a real number is in its range");
    fuzzing::expect(console::parse_real("--rate", fmt::format("{}", number), {.low = -2, .high = 5}) == number,
                    "it is read again");
  });
  fuzzing::read_or_refuse<unroll::ArgumentError>([&] {
    constexpr std::array<std::string_view, 3> words{"lstm", "gru", "rnn"};
    fuzzing::expect(words.at(console::parse_word("--cell", text, words)) == text, "a word is one of those known");
  });
  return 0;
}
