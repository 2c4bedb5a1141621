#pragma once

#include <unroll/framework/files/module_file.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>

/// Modules in files that PyTorch opens, and PyTorch's files in modules. Weights have PyTorch's shapes and order of
/// gates ([gates * H, D]; i f g o and r z n), so only names differ, and no number moves. A GRU that resets before the
/// product has no counterpart in PyTorch, and the file does not say which GRU it holds: keep GruReset in the metadata.
///
///     save_state_dict("model.safetensors", model);   // safetensors.torch.load_file("model.safetensors")
namespace unroll::inline v0 {

/// PyTorch's name for the parameter at a path of this library. A cell's parameters take the names of nn.LSTM, with the
/// number of the layer at the end; a Bidirectional, which in PyTorch is always a layer of a stack, adds "_reverse" for
/// its backward direction; a cell in no stack is named as in nn.LSTMCell; all else keeps its name.
///
///     "decoder.0.input_weight"             ->  "decoder.weight_ih_l0"
///     "encoder.1.backward.hidden_weight"   ->  "encoder.weight_hh_l1_reverse"
///     "encoder.forward.input_bias"         ->  "encoder.bias_ih_l0"
///     "cell.hidden_bias"                   ->  "cell.bias_hh"
std::string pytorch_name(std::string_view path);

/// save_module under PyTorch's names. Adds the metadata "format": "pt", without which some loaders refuse the file.
/// Throws what save_module throws.
template <Module M>
void save_state_dict(const std::filesystem::path& path, const M& module,
                     std::map<std::string, std::string> metadata = {}) {
  metadata.emplace("format", "pt");
  save_module(path, module, std::move(metadata), pytorch_name);
}

/// load_module under PyTorch's names; returns the metadata, and throws what load_module throws. The options are for
/// files of layers made with bias=False, and of a whole model of which the module is a part:
///
///     load_state_dict("no_biases.safetensors", model, {.zero_missing_biases = true});
template <Module M>
std::map<std::string, std::string> load_state_dict(const std::filesystem::path& path, M& module,
                                                   const LoadOptions& options = {}) {
  return load_module(path, module, options, pytorch_name);
}
/// The same from a file that the caller has read.
template <Module M>
void load_state_dict(const SafetensorsFile& file, M& module, const LoadOptions& options = {}) {
  load_module(file, module, options, pytorch_name);
}

}  // namespace unroll::inline v0
