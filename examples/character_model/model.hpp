#pragma once

#include "character_model/settings.hpp"
#include "character_model/window_state.hpp"
#include <unroll/framework/files/module_file.hpp>
#include <unroll/framework/files/safetensors.hpp>
#include <unroll/models/cells/gru_cell.hpp>
#include <unroll/models/cells/lru_cell.hpp>
#include <unroll/models/cells/lstm_cell.hpp>
#include <unroll/models/cells/min_gru_cell.hpp>
#include <unroll/models/cells/min_lstm_cell.hpp>
#include <unroll/models/cells/mlstm_cell.hpp>
#include <unroll/models/cells/rnn_cell.hpp>
#include <unroll/models/cells/slstm_cell.hpp>
#include <unroll/models/layers/embedding.hpp>
#include <unroll/models/layers/linear.hpp>
#include <unroll/models/sequences/layers.hpp>
#include <unroll/models/sequences/run.hpp>
#include <unroll/models/trainer/carried_loss.hpp>
#include <unroll/models/trainer/measure_streams.hpp>
#include <unroll/models/trainer/measure_windows.hpp>
#include <unroll/models/trainer/stream_windows.hpp>
#include <unroll/ops/cross_entropy.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace character_model {

/// Predicts each character from those before it: an embedding, recurrent layers, and a logit for every character that
/// may come next.
template <class Cell>
struct CharacterModel {
  using State = typename unroll::Layers<Cell>::State;

  unroll::Embedding<float> embedding;
  unroll::Layers<Cell> recurrent;
  unroll::Linear<float> output;

  CharacterModel(const Settings& settings, std::size_t vocabulary, const unroll::Random& random)
      : embedding({.tokens = vocabulary, .width = settings.embedding}, random.split(0)),
        recurrent(settings.layers, sizes(settings), random.split(1), settings.dropout),
        output({.inputs = settings.hidden, .outputs = vocabulary}, random.split(2)) {}

  /// tokens [T, N] and the state before them -> logits [T, N, V] and the state after. `noise` is present while
  /// training: a piece of a window whose first step is `first_step` there drops what the whole window drops.
  unroll::Unrolled<float, State> operator()(unroll::Tape<float>& tape, const unroll::Tensor<int>& tokens,
                                            const State& state, const unroll::Noise& noise = {},
                                            std::size_t first_step = 0) const {
    const auto [hidden, next] =
        run(recurrent, embedding(tape, tokens), {.state = state, .noise = noise, .first_step = first_step});
    return {output(hidden), next};
  }

  static auto sizes(const Settings& settings) {
    typename Cell::Options sizes{.inputs = settings.embedding, .hidden = settings.hidden};
    if constexpr (requires { sizes.heads; }) sizes.heads = heads_of(settings.hidden);
    return sizes;
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

/// A model whose cell the program chooses at run time, in the order of CellKind.
using AnyModel = std::variant<Lstm, Gru, Rnn, CharacterModel<unroll::MinGruCell<float>>,
                              CharacterModel<unroll::MinLstmCell<float>>, CharacterModel<unroll::SLstmCell<float>>,
                              CharacterModel<unroll::MLstmCell<float>>, CharacterModel<unroll::LruCell<float>>>;
static_assert(std::variant_size_v<AnyModel> == cell_traits.size());

/// The mean loss of a window of a text, and the state after it: how a model learns, and how it is measured.
template <class Model>
auto loss_of(const Model& model, const unroll::Truncation& truncation) {
  const bool drops = model.recurrent.dropout.rate > 0;
  return unroll::carried(model.recurrent, truncation,
                         [&model, drops](unroll::Tape<float>& tape, const unroll::StreamWindow& window,
                                         const auto& state, const unroll::StepContext& begin) {
                           const auto [logits, after] =
                               model(tape, window.tokens, state, drops ? begin.noise : unroll::Noise(), begin.step);
                           return std::pair{unroll::cross_entropy(logits, window.targets), after};
                         });
}

/// The mean loss of a model over every character of a text but the first, and how many there are, with the state
/// carried on (unroll::measure_streams) or in windows from zeros (unroll::measure_windows).
template <class Model>
unroll::Measured measure(unroll::Team& team, const Model& model, const unroll::Tokens& tokens, std::size_t batch,
                         std::size_t steps, WindowState state = WindowState::carried,
                         const unroll::Communicator& processes = {}) {
  const auto loss = loss_of(model, {steps, steps});
  return state == WindowState::carried
             ? unroll::measure_streams(tokens, loss, batch, team, processes)
             : unroll::measure_windows(tokens, unroll::from_zeros(loss), steps, batch, team, processes);
}

AnyModel make_model(const Settings& settings, std::size_t vocabulary, const unroll::Random& random);

/// The contents of a model file: its description and its tensors.
struct ModelFile {
  Description description;
  unroll::SafetensorsFile content;
};

/// Reads a model file. Throws unroll::IoError when the file cannot be read, and unroll::FileError when it is damaged or
/// no file of this program.
ModelFile read_model_file(const std::filesystem::path& path);

/// A model and its description.
struct LoadedModel {
  Description description;
  AnyModel model;
};

/// How many bytes save_model writes, or a little more, so that a full disk is found before hours of work.
std::uint64_t bytes_of_model_file(const Description& description);

/// The name in a model file of the parameter at a path: PyTorch's where PyTorch has the cell, else the library's own.
std::string name_in_file(CellKind cell, std::string_view path);
/// What a model file says beside its tensors.
std::map<std::string, std::string> metadata_of(const Description& description);

/// Writes a safetensors file that carries the description, atomically; of a cell that PyTorch has, it is a state dict.
/// Throws unroll::IoError.
template <class Model>
void save_model(const std::filesystem::path& path, const Model& model, const Description& description) {
  unroll::save_module(path, model, metadata_of(description),
                      [&](std::string_view name) { return name_in_file(description.settings.cell, name); });
}

/// As read_model_file; throws unroll::FileError also for weights that do not fit the description or are not finite.
LoadedModel load_model(const std::filesystem::path& path);

}  // namespace character_model
