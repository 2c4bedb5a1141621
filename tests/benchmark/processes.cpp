// Times a training step in one process and in all that mpirun has started, on the same batch, and what of it is
// communication: mpirun -n 2 build-ci/bin/benchmark_processes. The first process prints.
#include "benchmark/processes.hpp"

#include "benchmark/model.hpp"
#include <unroll/framework/mpi/mpi_processes.hpp>
#include <unroll/framework/processes/reducer.hpp>
#include <unroll/models/cells/lstm_cell.hpp>
#include <unroll/ops/product.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <vector>

namespace benchmark {
namespace {

using unroll::BatchPart;
using unroll::Communicator;

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// What a transport has carried.
struct Traffic {
  double bytes = 0, seconds = 0;
};

/// The same processes, with a transport that counts.
Communicator counting(const Communicator& communicator, Traffic& traffic) {
  const auto exchange = [&traffic, communicator](auto to, auto from) {
    const double begin = now();
    communicator.exchange(to, from);
    traffic.seconds += now() - begin;
    for (std::size_t p = 0; p < to.size(); ++p)
      if (p != communicator.process()) traffic.bytes += static_cast<double>(to[p].size());
  };
  const auto sum = [&traffic, communicator](std::span<float> numbers) {
    const double begin = now();
    communicator.sum_fast(numbers);
    traffic.seconds += now() - begin;
  };
  return {communicator.process(), communicator.processes(), {.exchange = exchange, .sum_floats = sum}};
}

/// Waits for all processes.
void meet(const Communicator& communicator) { static_cast<void>(communicator.gather_text("")); }

/// Trains on one batch again and again, cut into as many parts as there are processes.
class Training {
 public:
  Training(const Options& options, const Communicator& communicator, unroll::SumOrder order)
      : model_(options, unroll::Random(1)),
        parameters_(model_),
        reducer_(communicator.processes(), team_, communicator, order) {
    for (std::size_t own = 0; own < reducer_.own_parts().count; ++own) {
      const BatchPart part{reducer_.own_parts().first + own, reducer_.parts()};
      const auto [first, count] = part.range_of(options.batch);
      Part& added = parts_.emplace_back();
      added.inputs = random_tokens(options, 0, options.steps, first, count);
      added.targets = random_tokens(options, 1, options.steps, first, count);
    }
  }

  void record_and_sweep() {
    reducer_.for_each_part([&](BatchPart, std::size_t own) {
      Part& part = parts_[own];
      part.tape.clear();
      const auto embedded = model_.embedding(part.tape, part.inputs);
      const auto outputs = unroll::run(model_.layers, embedded).outputs;
      part.tape.backward(cross_entropy(model_.output(outputs), part.targets));
    });
  }
  void add_gradients() {
    const auto tapes = parts_ | std::views::transform([](const Part& part) -> const auto& { return part.tape; });
    reducer_.add_gradients(tapes, parameters_);
  }
  void update() { adam_.update(parameters_); }
  std::size_t parameters() const { return parameters_.count(); }

 private:
  struct Part {
    unroll::Tape<> tape;
    unroll::Tensor<int> inputs, targets;
  };

  LanguageModel<unroll::LstmCell<>> model_;
  unroll::Parameters<> parameters_;
  unroll::Adam<> adam_{{.learning_rate = 1e-3}};
  unroll::Team team_{1};
  unroll::Reducer<> reducer_;
  std::deque<Part> parts_;
};

double median(std::vector<double> numbers) {
  std::nth_element(numbers.begin(), numbers.begin() + static_cast<long>(numbers.size() / 2), numbers.end());
  return numbers[numbers.size() / 2];
}

/// The median seconds of a step, and of its communication and sums when all processes come to them at once.
struct Times {
  std::size_t parameters = 0;
  double step = 0, exchange = 0, sum = 0, bytes = 0;
};

Times time_training(const Options& options, const Communicator& communicator, unroll::SumOrder order) {
  Traffic traffic;
  Training training(options, communicator.is_alone() ? communicator : counting(communicator, traffic), order);
  std::vector<double> steps, exchanges, sums;
  Times times{.parameters = training.parameters()};
  for (std::size_t i = 0; i < options.warmup + options.repeats; ++i) {
    const double begin = now();
    training.record_and_sweep(), training.add_gradients(), training.update();
    const double step = now() - begin;
    training.record_and_sweep();
    meet(communicator);
    traffic = {};
    const double ready = now();
    training.add_gradients();
    const double added = now() - ready;
    training.update();
    if (i < options.warmup) continue;
    steps.push_back(step), exchanges.push_back(traffic.seconds), sums.push_back(added - traffic.seconds);
    times.bytes = traffic.bytes;
  }
  times.step = median(steps), times.exchange = median(exchanges), times.sum = median(sums);
  return times;
}

}  // namespace

double paper_exchange(const Network& network, double nodes, double parameters) {
  const double messages = exchanges_of_step * (network.latency + (nodes - 1) * network.message);
  return messages + 2 * (nodes - 1) / nodes * 4 * parameters / network.bytes_per_second;
}

}  // namespace benchmark

int main(int count, char** words) {
  using namespace benchmark;
  unroll::MpiProcesses mpi(count, words);
  return mpi.run([&](const Communicator& all) {
    unroll::set_product_threads(1);
    const unroll::FlushDenormals flush;
    const auto print = [&](const std::string& line) {
      if (all.is_first()) std::fputs(line.c_str(), stdout), std::fflush(stdout);
    };
    print(fmt::format("{} processes, 32 sequences of 64 steps in all\n{:>10}{:>12}{:>12}{:>9}{:>12}{:>12}{:>12}{:>9}\n",
                      all.processes(), "parameters", "alone ms", "step ms", "speedup", "MB sent", "exchange ms",
                      "sum ms", "fast ms"));
    for (const std::size_t hidden : {200u, 544u, 1112u}) {
      const Options options{.hidden = hidden, .batch = 32, .steps = 64, .repeats = hidden > 1000 ? 7u : 15u};
      Times alone;
      if (all.is_first()) alone = time_training(options, {}, unroll::SumOrder::fixed);
      meet(all);
      const Times times = time_training(options, all, unroll::SumOrder::fixed);
      const Times fast = time_training(options, all, unroll::SumOrder::fast);
      print(fmt::format("{:>10}{:>12.1f}{:>12.1f}{:>9.2f}{:>12.2f}{:>12.2f}{:>12.2f}{:>9.2f}\n", times.parameters,
                        1e3 * alone.step, 1e3 * times.step, alone.step / times.step, times.bytes / 1e6,
                        1e3 * times.exchange, 1e3 * times.sum, 1e3 * (fast.exchange + fast.sum)));
      for (const auto& [name, network] : networks)
        for (const double nodes : {8.0, 32.0, 128.0}) {
          const double exchange = paper_exchange(network, nodes, static_cast<double>(times.parameters));
          const auto efficiency = [&](double cores) {
            const double step = alone.step / cores;
            return step / (step + exchange + times.sum);
          };
          print(fmt::format(
              "  on paper, {:>3} nodes at {:>3} Gbit/s: exchange {:>6.2f} ms, sums {:.2f} ms, efficiency {:.2f} "
              "with 1 busy core a node, {:.2f} with {}\n",
              nodes, name, 1e3 * exchange, 1e3 * times.sum, efficiency(1), efficiency(cores_of_a_node),
              cores_of_a_node));
        }
    }
    return 0;
  });
}
