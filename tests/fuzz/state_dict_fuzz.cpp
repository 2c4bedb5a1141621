#include "fuzz/support.hpp"
#include <unroll/models.hpp>
#include <unroll/models/files/state_dict.hpp>

using namespace unroll;

namespace {

struct Model {
  LstmCell<> lstm{{.inputs = 2, .hidden = 3}, Random(1)};
  Linear<> output{{.inputs = 3, .outputs = 2}, Random(2)};
  static void members(auto& self, auto&& visit) { visit("lstm", self.lstm), visit("output", self.output); }
};

}  // namespace

/// Weights in PyTorch's layout. What is refused leaves the module as it was.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Model fresh;
  Model model = fresh;
  try {
    const SafetensorsFile file = parse_safetensors(std::as_bytes(std::span(data, size)), "a file");
    load_state_dict(file, model);
    fuzzing::expect(model.output.weight.shape() == fresh.output.weight.shape(), "a weight keeps its shape");
    fuzzing::expect(model.lstm.weights.hidden_weight.shape() == fresh.lstm.weights.hidden_weight.shape(),
                    "a weight keeps its shape");
  } catch (const FileError& error) {
    fuzzing::expect_printable(error.what());
    fuzzing::expect(model.output.weight.value() == fresh.output.weight.value(), "a refused file changes nothing");
    fuzzing::expect(model.lstm.weights.hidden_weight.value() == fresh.lstm.weights.hidden_weight.value(),
                    "a refused file changes nothing");
  }
  return 0;
}
