#include "support/catch.hpp"
#include "support/many_sizes.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tensor/denormals.hpp>
#include <unroll/framework/threads/gradient_sum.hpp>

#include <array>
#include <deque>
#include <ranges>

using namespace unroll;
using namespace unroll::testing;

namespace {

/// Leaves a gradient on the tape for every parameter but those whose index is `skipped` in thirds.
template <class Scalar>
void record_and_sweep(Tape<Scalar>& tape, const ManySizes<Scalar>& model, std::uint64_t seed, std::size_t skipped) {
  std::vector<Tensor<Scalar>> gradients;
  std::vector<Seed<Scalar>> seeds;
  gradients.reserve(model.parameters.size());
  for (std::size_t i = 0; i < model.parameters.size(); ++i) {
    if (i % 3 == skipped || model.parameters[i].frozen) continue;
    gradients.push_back(uneven<Scalar>(Random(seed).split(i), model.parameters[i].shape()));
    seeds.push_back({tape.use(model.parameters[i]), gradients.back()});
  }
  tape.backward(seeds);
}

template <class Scalar>
std::vector<Tensor<Scalar>> gradients_of(const ManySizes<Scalar>& model) {
  std::vector<Tensor<Scalar>> result;
  for (const auto& parameter : model.parameters) result.push_back(parameter.gradient());
  return result;
}

/// What was there before, and the sum over three tapes by its definition.
template <class Scalar>
std::vector<Tensor<Scalar>> sums_over(const std::array<Tape<Scalar>, 3>& tapes, const ManySizes<Scalar>& model) {
  std::vector<Tensor<Scalar>> result;
  for (const auto& parameter : model.parameters) {
    bool has_any = false;
    for (const auto& tape : tapes) has_any |= tape.gradient_of(parameter) != nullptr;
    result.push_back(parameter.gradient());
    if (!has_any) continue;
    Tensor<Scalar>& sum = result.back();
    if (!parameter.has_gradient()) sum = Tensor<Scalar>(parameter.shape());
    const auto of = [&](std::size_t tape, std::size_t i) {
      const Scalar* const gradient = tapes[tape].gradient_of(parameter);
      return gradient == nullptr ? Scalar{0} : gradient[i];
    };
    const FlushDenormals flush;  // as the team does
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += (of(0, i) + of(1, i)) + of(2, i);
  }
  return result;
}

/// Some have none, some have one from before, and one is frozen.
template <class Scalar>
void set_gradients_of_before(ManySizes<Scalar>& model) {
  for (std::size_t i = 0; i < model.parameters.size(); ++i) {
    Parameter<Scalar>& parameter = model.parameters[i];
    parameter.mutable_gradient() = i % 2 ? uneven<Scalar>(Random(8).split(i), parameter.shape()) : Tensor<Scalar>();
  }
  model.parameters[8].frozen = true;
}

}  // namespace

TEMPLATE_TEST_CASE("a team adds the gradients of tapes over a tree, to the same bits for any number of threads", "",
                   float, double) {
  ManySizes<TestType> model;
  const Parameters<TestType> parameters(model);
  set_gradients_of_before(model);
  std::array<Tape<TestType>, 3> tapes;
  for (std::size_t i = 0; i < 3; ++i) record_and_sweep(tapes[i], model, i, i == 2 ? 0 : i);  // 3, 6, 9 only in one
  const auto expected = sums_over(tapes, model);
  CHECK(expected[10].size() > 0);
  for (const std::size_t threads : team_sizes) {
    Team team(threads);
    set_gradients_of_before(model);
    add_gradients(tapes, parameters, team);
    INFO(threads << " threads");
    CHECK((gradients_of(model) == expected));
    CHECK_FALSE(model.parameters[10].gradient_is_empty());
  }
}

TEST_CASE("the tapes may be a part of something else, and a parameter that none has used gets no gradient") {
  struct Shard {
    int number = 0;
    Tape<> tape;
  };
  ManySizes<> model;
  const Parameters<> parameters(model);
  std::deque<Shard> shards(2);
  for (Shard& shard : shards) record_and_sweep(shard.tape, model, 5, 1);
  Team team(2);
  add_gradients(shards | std::views::transform(&Shard::tape), parameters, team);
  CHECK_FALSE(model.parameters[10].has_gradient());
  CHECK(model.parameters[9].has_gradient());
  CHECK(model.parameters[3].gradient()[1] == 2 * shards[0].tape.gradient_of(model.parameters[3])[1]);
}

TEST_CASE("no tapes add nothing") {
  ManySizes<> model;
  Team team(2);
  add_gradients(std::array<Tape<>, 0>{}, Parameters<>(model), team);
  CHECK_FALSE(model.parameters[5].has_gradient());
}

TEST_CASE("a tape that has not been swept is refused, and nothing is changed") {
  ManySizes<> model;
  const Parameters<> parameters(model);
  std::array<Tape<>, 2> tapes;
  record_and_sweep(tapes[0], model, 5, 1);
  Team team(2);
  CHECK_THROWS_AS(add_gradients(tapes, parameters, team), TapeError);
  CHECK_THROWS_WITH(add_gradients(tapes, parameters, team), "gradient_of: asked before backward");
  for (const auto& parameter : model.parameters)
    if (parameter.value().size() > 0) CHECK_FALSE(parameter.has_gradient());
}
