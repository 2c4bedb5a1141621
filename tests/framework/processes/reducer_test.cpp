#include "support/catch.hpp"
#include "support/many_sizes.hpp"
#include "support/thread_processes.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/processes/reducer.hpp>
#include <unroll/framework/tensor/denormals.hpp>

#include <deque>
#include <numeric>
#include <vector>

using namespace unroll;
using namespace unroll::testing;

namespace {

using Gradients = std::vector<Tensor<>>;

/// Sweeps a gradient of each parameter onto the tape: another for each part, and none for those whose index is the
/// part's in thirds, none at all for parameter 4.
void sweep_part(Tape<>& tape, const ManySizes<>& model, std::size_t part) {
  std::vector<Tensor<>> gradients;
  std::vector<Seed<float>> seeds;
  gradients.reserve(model.parameters.size());
  for (std::size_t i = 0; i < model.parameters.size(); ++i) {
    if (i % 3 == part % 3 || i == 4) continue;
    gradients.push_back(uneven<float>(Random(part).split(i), model.parameters[i].shape()));
    seeds.push_back({tape.use(model.parameters[i]), gradients.back()});
  }
  tape.backward(seeds);
}

Gradients gradients_of(const ManySizes<>& model) {
  Gradients result;
  for (const auto& parameter : model.parameters) result.push_back(parameter.gradient());
  return result;
}

/// What process `communicator.process()` finds, after two batches.
Gradients reduced(const Communicator& communicator, std::size_t parts, std::size_t threads,
                  SumOrder order = SumOrder::fixed) {
  ManySizes<> model;
  const Parameters<> parameters(model);
  Team team(threads);
  Reducer<> reducer(parts, team, communicator, order);
  for (std::size_t batch = 0; batch < 2; ++batch) {
    std::deque<Tape<>> tapes(reducer.own_parts().count);
    reducer.for_each_part([&](BatchPart part, std::size_t own) { sweep_part(tapes[own], model, part.index + batch); });
    reducer.add_gradients(tapes, parameters);
  }
  return gradients_of(model);
}

/// The definition: the tree by recursion, whole gradients at a time.
Tensor<> sum_over_tree(const std::vector<Tensor<>>& parts, std::size_t first, std::size_t count) {
  if (count == 1) return parts[first];
  std::size_t left = 1;
  while (2 * left < count) left *= 2;
  Tensor<> sum = sum_over_tree(parts, first, left);
  const Tensor<> right = sum_over_tree(parts, first + left, count - left);
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += right[i];
  return sum;
}

}  // namespace

TEST_CASE("gradients are summed over a tree whose left side is the largest power of two, part by part") {
  for (const std::size_t parts : {1u, 2u, 3u, 5u, 8u, 13u}) {
    ManySizes<> model;
    std::deque<Tape<>> tapes(parts);
    std::vector<Tensor<>> gradients;
    const std::size_t k = 8;  // a parameter of several blocks
    for (std::size_t part = 0; part < parts; ++part) {
      sweep_part(tapes[part], model, part);
      gradients.emplace_back(model.parameters[k].shape());
      if (const float* const own = tapes[part].gradient_of(model.parameters[k]))
        std::copy_n(own, gradients.back().size(), gradients.back().begin());
    }
    Team team(1);
    add_gradients(tapes, Parameters<>(model), team);
    INFO(parts << " parts");
    const FlushDenormals flush;  // as the team does
    CHECK((model.parameters[k].gradient() == sum_over_tree(gradients, 0, parts)));
  }
}

TEST_CASE("gradients have the same bits whatever the number of processes and threads") {
  for (const std::size_t parts : {1u, 2u, 4u, 7u, 8u}) {
    const Gradients expected = reduced({}, parts, 1);
    CHECK(expected[4].size() == 0);
    for (const std::size_t processes : {2u, 3u, 4u, 9u})
      for (const std::size_t threads : {1u, 3u}) {
        std::vector<Gradients> found(processes);
        ThreadProcesses(processes).run(
            [&](const Communicator& own) { found[own.process()] = reduced(own, parts, threads); });
        for (std::size_t p = 0; p < processes; ++p) {
          INFO(parts << " parts, process " << p << " of " << processes << ", " << threads << " threads");
          CHECK((found[p] == expected));
        }
      }
  }
}

TEST_CASE("fast sums are those of all processes, up to rounding, and the same in each") {
  const Gradients expected = reduced({}, 5, 1);
  std::vector<Gradients> found(3);
  ThreadProcesses(3).run([&](const Communicator& own) { found[own.process()] = reduced(own, 5, 2, SumOrder::fast); });
  CHECK((found[1] == found[0]));
  CHECK((found[2] == found[0]));
  for (std::size_t k = 0; k < expected.size(); ++k) {
    REQUIRE(found[0][k].shape() == expected[k].shape());
    for (std::size_t i = 0; i < expected[k].size(); ++i) CHECK(found[0][k][i] == Approx(expected[k][i]).margin(1e-4));
  }
}

TEST_CASE("each part is worked on once, and values of the parts reach all processes") {
  std::vector<std::vector<int>> values(3, std::vector<int>(7));
  ThreadProcesses(3).run([&](const Communicator& own) {
    Team team(2);
    const Reducer<> reducer(7, team, own);
    auto& mine = values[own.process()];
    reducer.for_each_part([&](BatchPart part, std::size_t) { mine[part.index] += static_cast<int>(part.index) + 1; });
    reducer.gather(std::span(mine));
  });
  for (const auto& mine : values) CHECK(mine == std::vector<int>{1, 2, 3, 4, 5, 6, 7});
}

TEST_CASE("a reducer refuses 0 parts, and tapes of another number of parts than its own") {
  Team team(1);
  CHECK_THROWS_WITH(Reducer<>(0, team), "reducer: 0 parts given, expected at least 1");
  ManySizes<> model;
  Reducer<> reducer(2, team);
  std::vector<int> three(3);
  CHECK_THROWS_WITH(reducer.gather(std::span(three)), "reducer: 3 values given, expected one for each of 2 parts");
  CHECK_THROWS_WITH(reducer.add_gradients(std::deque<Tape<>>(3), Parameters<>(model)),
                    "reducer: tapes of 3 parts given, expected those of the 2 parts of process 0");
}

TEST_CASE("a part may have several tapes, whose gradients are added in their order, or none") {
  ManySizes<> model;
  std::deque<Tape<>> tapes(3);
  for (std::size_t i = 0; i < 3; ++i) sweep_part(tapes[i], model, i + 1);
  const std::vector<std::vector<const Tape<>*>> parts{{&tapes[0], &tapes[1]}, {}, {&tapes[2]}};
  Team team(1);
  Reducer<> reducer(3, team);
  reducer.add_gradients(parts, Parameters<>(model));
  const FlushDenormals flush;  // as the team does
  const auto of = [&](std::size_t tape, std::size_t k, std::size_t i) {
    const float* const own = tapes[tape].gradient_of(model.parameters[k]);
    return own == nullptr ? 0.0f : own[i];
  };
  for (std::size_t k : {3u, 8u, 9u})
    for (std::size_t i = 0; i < model.parameters[k].value().size(); ++i)
      REQUIRE(model.parameters[k].gradient()[i] == (of(0, k, i) + of(1, k, i)) + of(2, k, i));
}
