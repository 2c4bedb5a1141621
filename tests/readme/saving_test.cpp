#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/files/module_file.hpp>
#include <unroll/models/cells/lstm_cell.hpp>
#include <unroll/models/files/state_dict.hpp>

#include <filesystem>
#include <string>

using namespace unroll;

std::string save_and_load(const std::filesystem::path& folder, LstmCell<>& cell) {
  save_module(folder / "cell.safetensors", cell, {{"hidden", "8"}});  // the old file or the new one, whatever happens
  const auto metadata = load_module(folder / "cell.safetensors", cell);

  save_state_dict(folder / "for_pytorch.safetensors", cell);  // under PyTorch's names
  load_state_dict(folder / "for_pytorch.safetensors", cell);
  return metadata.at("hidden");
}

TEST_CASE("a module is saved and loaded, under its own names and PyTorch's", "[readme]") {
  const TemporaryDirectory folder;
  LstmCell<> cell({.inputs = 4, .hidden = 8}, Random(1));
  const Tensor<> before = cell.weights.input_weight.value();
  CHECK(save_and_load(folder.path(), cell) == "8");
  CHECK(cell.weights.input_weight.value() == before);
}
