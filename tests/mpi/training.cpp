// A program that mpirun may start in several processes: what models/README.md shows.
#include <unroll/framework/mpi/mpi_processes.hpp>
#include <unroll/framework/optimizers/adam.hpp>
#include <unroll/models/layers/linear.hpp>
#include <unroll/models/records/console_progress.hpp>
#include <unroll/models/trainer/shuffled_examples.hpp>
#include <unroll/models/trainer/trainer.hpp>
#include <unroll/ops/losses.hpp>

#include <cstddef>
#include <span>

using namespace unroll;

namespace {

struct Pairs {
  Tensor<> pairs, sums;
  std::size_t count = 0;
};

void read_pairs(std::span<const std::size_t> indices, Pairs& to) {
  to = {Tensor<>({indices.size(), 2}), Tensor<>({indices.size(), 1}), indices.size()};
  for (std::size_t n = 0; n < to.count; ++n) {
    const Tensor<> pair = uniform<float>(Random(indices[n]), {2});
    to.pairs[2 * n] = pair[0], to.pairs[2 * n + 1] = pair[1], to.sums[n] = pair[0] + pair[1];
  }
}

int train(const Communicator& communicator) {
  Linear<> model({.inputs = 2, .outputs = 1}, Random(1));  // in each process, with the same weights
  auto examples = shuffled_examples<Pairs>({.examples = 1000, .batch = 32}, read_pairs);
  const auto loss_of = [&](Tape<>& tape, const Pairs& batch) {
    return mean_squared_error(model(tape.constant(batch.pairs)), batch.sums);
  };
  FitOptions fit;
  if (communicator.is_first()) fit.observers = {observer_of<ConsoleProgress>()};
  Trainer trainer(model, {.optimizer = Adam<>({.learning_rate = 1e-2}),
                          .budget = {.epochs = 40},
                          .parts = 4,
                          .communicator = communicator});
  return trainer.fit(examples, loss_of, fit).loss < 1e-3 ? 0 : 4;
}

}  // namespace

int main(int count, char** words) {
  MpiProcesses mpi(count, words);
  return mpi.run([&](const Communicator& communicator) { return train(communicator); });
}
