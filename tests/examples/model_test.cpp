#include "character_model/model.hpp"

#include "support/catch.hpp"
#include "support/messages.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tape/tape.hpp>

#include <limits>

using namespace character_model;
using Catch::Contains;
using unroll::FileError;

namespace {

Description description_of(CellKind cell) {
  return {.settings = {.cell = cell, .layers = 2, .hidden = 5, .embedding = 3},
          .vocabulary = Vocabulary(CharacterUnit::code_point, {U'a', U'b', U'c', U'd'}),
          .start = 2};
}

AnyModel model_of(const Description& description) {
  return make_model(description.settings, description.vocabulary.size(), unroll::Random(7));
}

void save(const std::filesystem::path& path, const AnyModel& model, const Description& description) {
  std::visit([&](const auto& chosen) { save_model(path, chosen, description); }, model);
}

/// The logits of a short sequence from the zero state.
std::vector<float> logits_of(const AnyModel& any) {
  return std::visit(
      [](const auto& model) {
        unroll::Tape<float> tape;
        const unroll::Tensor<int> tokens({3, 2}, {0, 1, 2, 3, 1, 1});
        const auto state = initial_state(model.recurrent, tape, 2);
        const auto logits = model(tape, tokens, state).outputs;
        CHECK(logits.shape() == unroll::Shape{3, 2, 4});
        const auto values = logits.value();
        return std::vector<float>(values.begin(), values.end());
      },
      any);
}

}  // namespace

TEST_CASE("a model has as many parameters as its settings say") {
  const auto description = description_of(GENERATE(CellKind::rnn, CellKind::lstm, CellKind::gru));
  AnyModel any = model_of(description);
  const std::size_t count = std::visit([](auto& model) { return unroll::parameters_of<float>(model).count(); }, any);
  CHECK(static_cast<double>(count) == parameter_count(description.settings, description.vocabulary.size()));
}

TEST_CASE("a model file is as long as is said before, or a little shorter") {
  auto description = description_of(GENERATE(CellKind::rnn, CellKind::lstm, CellKind::gru));
  description.settings.layers = GENERATE(1, 20);
  std::vector<char32_t> characters(GENERATE(2, 5000));
  for (std::size_t i = 0; i < characters.size(); ++i) characters[i] = static_cast<char32_t>(0x1000 + i);
  description.vocabulary = Vocabulary(CharacterUnit::code_point, characters);
  const TemporaryDirectory directory;
  save(directory / "model", model_of(description), description);
  const std::uint64_t size = std::filesystem::file_size(directory / "model");
  CHECK(size <= bytes_of_model_file(description));
  CHECK(size + 3000 + 800 * description.settings.layers > bytes_of_model_file(description));
}

TEST_CASE("a model comes back from its file") {
  const auto description = description_of(GENERATE(CellKind::rnn, CellKind::lstm, CellKind::gru));
  const TemporaryDirectory directory;
  const auto path = directory.path() / "model";
  const AnyModel model = model_of(description);
  save(path, model, description);

  const LoadedModel loaded = load_model(path);
  CHECK(loaded.description.settings == description.settings);
  CHECK(loaded.description.start == 2);
  CHECK(loaded.model.index() == model.index());
  CHECK(logits_of(loaded.model) == logits_of(model));
  CHECK(unroll::read_safetensors(path).tensors.contains("recurrent.weight_hh_l1"));  // PyTorch's names
}

TEST_CASE("files that hold no usable model are refused by name and reason") {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "model";
  Description description = description_of(CellKind::gru);
  AnyModel model = model_of(description);

  SECTION("another program's safetensors file") {
    unroll::write_safetensors(path, {});
    CHECK_THAT(message_of<FileError>([&] { load_model(path); }), Contains("model\"") && Contains("not one that"));
  }
  SECTION("a description of another cell, before any memory is taken") {
    description.settings.cell = CellKind::lstm;
    description.settings.hidden = most_hidden;
    description.settings.layers = most_layers;
    save(path, model, description);
    CHECK_THAT(message_of<FileError>([&] { load_model(path); }), Contains("lstm") && Contains("the file holds"));
  }
  SECTION("another vocabulary") {
    description.vocabulary = Vocabulary(CharacterUnit::code_point, {U'a', U'b', U'c'});
    save(path, model, description);
    CHECK_THROWS_AS(load_model(path), FileError);
  }
  SECTION("weights that are not finite") {
    std::get<Gru>(model).output.weight.mutable_value()[3] = std::numeric_limits<float>::quiet_NaN();
    save(path, model, description);
    CHECK_THAT(message_of<FileError>([&] { load_model(path); }), Contains("output.weight") && Contains("not finite"));
    CHECK_NOTHROW(read_model_file(path));  // to be inspected
  }
  SECTION("no file") { CHECK_THROWS_AS(load_model(path), unroll::IoError); }
}
