#pragma once

#include "character_model/settings.hpp"
#include <unroll/framework/safetensors.hpp>
#include <unroll/models/embedding.hpp>
#include <unroll/models/gru_cell.hpp>
#include <unroll/models/layers.hpp>
#include <unroll/models/linear.hpp>
#include <unroll/models/lstm_cell.hpp>
#include <unroll/models/rnn_cell.hpp>
#include <unroll/models/run.hpp>

#include <filesystem>
#include <string>
#include <variant>

namespace character_model {

/// Predicts each character from those before it: a row of numbers for the character, recurrent layers, and a logit for
/// every character that may come next.
template <class Cell>
struct CharacterModel {
  using State = typename unroll::Layers<Cell>::State;

  unroll::Embedding<float> embedding;
  unroll::Layers<Cell> recurrent;
  unroll::Linear<float> output;

  CharacterModel(const Settings& settings, std::size_t vocabulary, const unroll::Random& random)
      : embedding({.tokens = vocabulary, .width = settings.embedding}, random.split(0)),
        recurrent(settings.layers, {.inputs = settings.embedding, .hidden = settings.hidden}, random.split(1),
                  settings.dropout),
        output({.inputs = settings.hidden, .outputs = vocabulary}, random.split(2)) {}

  /// tokens [T, N] and the state before them -> logits [T, N, V] and the state after; `noise` only while training: a
  /// piece of a window that begins there at `first_step` drops what the whole one drops.
  unroll::Unrolled<float, State> operator()(unroll::Tape<float>& tape, const unroll::Tensor<int>& tokens,
                                            const State& state, const unroll::Noise& noise = {},
                                            std::size_t first_step = 0) const {
    const auto [hidden, next] =
        run(recurrent, embedding(tape, tokens), {.state = state, .noise = noise, .first_step = first_step});
    return {output(hidden), next};
  }

  static void members(auto& self, auto&& visit) {
    visit("embedding", self.embedding);
    visit("recurrent", self.recurrent);
    visit("output", self.output);
  }
};

using Rnn = CharacterModel<unroll::RnnCell<float>>;
using Lstm = CharacterModel<unroll::LstmCell<float>>;
using Gru = CharacterModel<unroll::GruCell<float>>;

/// A model of the cell that was chosen while the program runs.
using AnyModel = std::variant<Rnn, Lstm, Gru>;

AnyModel make_model(const Settings& settings, std::size_t vocabulary, const unroll::Random& random);

/// A model file as it is: what it says of itself, and its tensors.
struct ModelFile {
  Description description;
  unroll::SafetensorsFile content;
};

/// Throws unroll::IoError when the file cannot be read, and unroll::FileError when it is damaged or none of this
/// program's.
ModelFile read_model_file(const std::filesystem::path& path);

/// A model and what its file says of it.
struct LoadedModel {
  Description description;
  AnyModel model;
};

/// How many bytes save_model writes, or a little more: to ask for room before hours of work are spent.
std::uint64_t bytes_of_model_file(const Description& description);

/// Writes a PyTorch state dict (safetensors) that carries the description, atomically. Throws unroll::IoError.
template <class Model>
void save_model(const std::filesystem::path& path, const Model& model, const Description& description);

/// As read_model_file; throws unroll::FileError also for weights that do not fit the description or are not finite.
LoadedModel load_model(const std::filesystem::path& path);

}  // namespace character_model
