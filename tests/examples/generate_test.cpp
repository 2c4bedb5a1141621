#include "character_model/generate.hpp"

#include "support/catch.hpp"

#include <utf8.h>

using namespace character_model;

namespace {

LoadedModel model_of(CharacterUnit unit, std::vector<char32_t> characters) {
  Description description{.settings = {.cell = CellKind::gru, .hidden = 6, .embedding = 4},
                          .vocabulary = Vocabulary(unit, std::move(characters))};
  AnyModel model = make_model(description.settings, description.vocabulary.size(), unroll::Random(2));
  return {std::move(description), std::move(model)};
}

std::string written(const LoadedModel& model, std::span<const int> prompt, std::uint64_t length, std::uint64_t seed,
                    const unroll::Sampling& sampling = {}) {
  std::string text;
  write_text(model, prompt, length, sampling, seed, [&](std::string_view piece) { text += piece; });
  return text;
}

}  // namespace

TEST_CASE("as many characters are written as asked for, in valid UTF-8, the same for the same seed") {
  const LoadedModel model = model_of(CharacterUnit::code_point, {U'a', U'\u00e9', U'\u20ac', U'\U0001f600'});
  const std::vector<int> prompt{0, 1, 2};
  const std::string text = written(model, prompt, 100, 5);
  REQUIRE(utf8::is_valid(text));
  CHECK(utf8::distance(text.begin(), text.end()) == 100);
  CHECK(text == written(model, prompt, 100, 5));
  CHECK(text != written(model, prompt, 100, 6));
  CHECK(text.starts_with(written(model, prompt, 50, 5)));
  CHECK(written(model, prompt, 0, 5).empty());
  CHECK(utf8::is_valid(written(model, {}, 10, 5)));
}

TEST_CASE("a model of bytes writes valid UTF-8 too") {
  const LoadedModel model = model_of(CharacterUnit::byte, {U'a', 0x80, 0xc3, 0xe2, 0xff});
  CHECK(utf8::is_valid(written(model, {}, 500, 1)));
}

TEST_CASE("a long prompt is read in pieces without forgetting") {
  // Greedy text after a prompt of 600 is what greedy text after its last character would be, given the state before.
  const LoadedModel model = model_of(CharacterUnit::code_point, {U'a', U'b', U'c'});
  std::vector<int> prompt;
  for (std::size_t i = 0; i < 600; ++i) prompt.push_back(static_cast<int>(unroll::Random(1).uniform(i) * 3));
  const auto& gru = std::get<Gru>(model.model);
  unroll::Tape<float> tape(unroll::Recording::values);
  const unroll::Tensor<int> tokens({600, 1}, prompt);
  const auto logits = gru(tape, tokens, initial_state(gru.recurrent, tape, 1)).outputs.value().values().last(3);
  const auto expected = std::max_element(logits.begin(), logits.end()) - logits.begin();
  CHECK(written(model, prompt, 1, 1, {.temperature = 0}) == std::string(1, static_cast<char>('a' + expected)));
}
