#include "online_learning/contest.hpp"

#include "experiment/cells.hpp"
#include <unroll/models/training/rtrl.hpp>
#include <unroll/ops/product.hpp>

#include <unistd.h>

#include <fstream>

namespace online_learning {

namespace {

using namespace unroll;

/// The megabytes that the process has in memory; 0 where the system does not tell.
double resident_megabytes() {
  std::ifstream file("/proc/self/statm");
  double all = 0, resident = 0;
  file >> all >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1024 * 1024);
}

template <class Cell>
Results compete_with(const Cell& cell, const Options& options, const auto& progress) {
  const Linear<> output({.inputs = options.hidden, .outputs = 2}, Random(options.seed).split(2));
  Contestant<Cell, Rtrl<Cell>> exact(cell, output);
  Contestant<Cell, Rtrl<Cell>> snap(cell, output, RtrlOptions{.approximation = RtrlApproximation::snap_1});
  Contestant<Cell, OneStep<Cell>> one_step(cell, output);
  CueStream stream(options.gap, options.steps / 2, Random(options.seed).split(0));
  Results results;
  const auto for_each = [&](auto&& visit) { visit(exact, 0), visit(snap, 1), visit(one_step, 2); };
  for (std::size_t stretch = 0, step = 0; stretch < stretches; ++stretch) {
    const std::size_t end = (stretch + 1) * options.steps / stretches;
    for (; step < end; ++step) {
      const Tensor<>& input = stream.next();
      for_each([&](auto& contestant, int) { contestant.read(input, stream.answer()); });
    }
    for_each([&](auto& contestant, std::size_t i) {
      Result& result = results.learners[i];
      result.scores[stretch] = contestant.take_score();
      result.seconds = contestant.seconds();
      result.entries = contestant.kept_entries();
    });
    results.megabytes_at_end = resident_megabytes();
    if (stretch == 0) results.megabytes_at_start = results.megabytes_at_end;
    progress(results, stretch, end);
  }
  return results;
}

}  // namespace

Results compete(const Options& options, const std::function<void(const Results&, std::size_t, std::size_t)>& progress) {
  set_product_threads(1);  // products of one stream are small
  return experiment::with_cell(options.cell, CueStream::width, options.hidden, Random(options.seed).split(1),
                               [&](const auto& cell) { return compete_with(cell, options, progress); });
}

}  // namespace online_learning
