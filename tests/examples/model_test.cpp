#include "character_model/model.hpp"

#include "program_runner.hpp"
#include "support/catch.hpp"
#include "support/messages.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tape/tape.hpp>
#include <unroll/models/files/state_dict.hpp>

#include <limits>

using namespace character_model;
using Catch::Contains;
using unroll::FileError;

namespace {

CellKind any_cell() { return static_cast<CellKind>(GENERATE(range(0, static_cast<int>(cell_names.size())))); }

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
  const auto description = description_of(any_cell());
  AnyModel any = model_of(description);
  const std::size_t count = std::visit([](auto& model) { return unroll::parameters_of<float>(model).count(); }, any);
  CHECK(static_cast<double>(count) == parameter_count(description.settings, description.vocabulary.size()));
}

TEST_CASE("a model file is as long as is said before, or a little shorter") {
  auto description = description_of(any_cell());
  description.settings.layers = GENERATE(1, 20);
  std::vector<char32_t> characters(GENERATE(2, 5000));
  for (std::size_t i = 0; i < characters.size(); ++i) characters[i] = static_cast<char32_t>(0x1000 + i);
  description.vocabulary = Vocabulary(CharacterUnit::code_point, characters);
  const TemporaryDirectory directory;
  save(directory / "model", model_of(description), description);
  const std::uint64_t size = std::filesystem::file_size(directory / "model");
  CHECK(size <= bytes_of_model_file(description));
  const std::uint64_t tensors = traits_of(description.settings.cell).tensors * description.settings.layers;
  CHECK(size + 3000 + 200 * tensors > bytes_of_model_file(description));
}

TEST_CASE("a model comes back from its file") {
  const auto description = description_of(any_cell());
  const TemporaryDirectory directory;
  const auto path = directory.path() / "model";
  const AnyModel model = model_of(description);
  save(path, model, description);

  const LoadedModel loaded = load_model(path);
  CHECK(loaded.description.settings == description.settings);
  CHECK(loaded.description.start == 2);
  CHECK(loaded.model.index() == model.index());
  CHECK(logits_of(loaded.model) == logits_of(model));
  const auto tensors = unroll::read_safetensors(path).tensors;
  const bool in_pytorch = traits_of(description.settings.cell).in_pytorch;
  CHECK(tensors.contains("recurrent.weight_hh_l1") == in_pytorch);
  CHECK(tensors.contains("recurrent.weight_ih_l1") == in_pytorch);
  CHECK(tensors.contains("recurrent.1.input_weight") != in_pytorch);
  CHECK(tensors.size() == 3 + 2 * traits_of(description.settings.cell).tensors);
}

TEST_CASE("the file of a cell that PyTorch has is its state dict, to the byte") {
  const auto description = description_of(GENERATE(CellKind::rnn, CellKind::lstm, CellKind::gru));
  const TemporaryDirectory directory;
  const AnyModel model = model_of(description);
  save(directory / "model", model, description);
  std::visit(
      [&](const auto& chosen) {
        unroll::save_state_dict(directory / "dict", chosen, {{"character_model", description_to_json(description)}});
      },
      model);
  CHECK(program::content_of(directory / "model") == program::content_of(directory / "dict"));
}

TEST_CASE("the cell that a model holds is the one that its settings name") {
  CHECK(std::holds_alternative<Lstm>(model_of(description_of(CellKind::lstm))));
  CHECK(std::holds_alternative<Gru>(model_of(description_of(CellKind::gru))));
  CHECK(std::holds_alternative<Rnn>(model_of(description_of(CellKind::rnn))));
  const auto expect = [&]<template <class> class Cell>(CellKind kind) {
    CHECK(std::holds_alternative<CharacterModel<Cell<float>>>(model_of(description_of(kind))));
  };
  expect.operator()<unroll::MinGruCell>(CellKind::mingru), expect.operator()<unroll::MinLstmCell>(CellKind::minlstm);
  expect.operator()<unroll::SLstmCell>(CellKind::slstm), expect.operator()<unroll::MLstmCell>(CellKind::mlstm);
  expect.operator()<unroll::LruCell>(CellKind::lru);
}

TEST_CASE("an mLSTM has four heads, or as many as divide its units") {
  Settings settings{.cell = CellKind::mlstm, .embedding = 3};
  for (const auto& [hidden, heads] : {std::pair<std::size_t, std::size_t>{8, 4}, {6, 2}, {5, 1}}) {
    settings.hidden = hidden;
    const auto model = make_model(settings, 4, unroll::Random(1));
    CHECK(std::get<CharacterModel<unroll::MLstmCell<float>>>(model).recurrent.cells[0].heads() == heads);
  }
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
