#include "allocation/allocations.hpp"
#include "support/catch.hpp"
#include <unroll/framework/optimizers/adam.hpp>
#include <unroll/models/cells/lstm_cell.hpp>
#include <unroll/models/layers/linear.hpp>
#include <unroll/models/sequences/bidirectional.hpp>
#include <unroll/models/sequences/run.hpp>
#include <unroll/ops/ctc_loss.hpp>
#include <unroll/ops/product.hpp>

using namespace unroll;

namespace {

struct Transcriber {
  Bidirectional<LstmCell<>> recurrent{{.inputs = 6, .hidden = 8}, Random(1)};
  Linear<> output{{.inputs = 16, .outputs = 9}, Random(2)};
  static void members(auto& self, auto&& visit) { visit("recurrent", self.recurrent), visit("output", self.output); }
};

}  // namespace

TEST_CASE("nor does a step that aligns symbols, or only measures how well they are aligned", "[allocation]") {
  set_product_threads(1);
  Transcriber model;
  const Recording recording = GENERATE(Recording::gradients, Recording::values);
  const auto parameters = parameters_of(model);
  Adam<> adam({.learning_rate = 1e-3});
  Tape tape(recording);
  const Tensor<> frames = normal(Random(3), {12, 4, 6});
  const Tensor<int> targets({3, 4}, {1, 5, -1, 2, 1, 6, -1, 2, -1, 7, -1, 3});
  const std::vector<std::size_t> lengths{5, 12, 0, 7}, counts{2, 3, 0, 3};
  for (int step = 0; step < 8; ++step) {
    const AllocationCount before;
    tape.clear();
    const auto outputs = unroll::run(model.recurrent, tape.constant(frames), {.lengths = lengths}).outputs;
    const auto loss = ctc_loss(model.output(outputs), targets, {.lengths = lengths, .target_lengths = counts});
    if (recording == Recording::gradients) {
      backward(loss, parameters);
      adam.update(parameters);
    }
    if (step >= 2) CHECK(before.since() == 0);
  }
}
