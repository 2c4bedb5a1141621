#include "support/catch.hpp"
#include "support/messages.hpp"
#include "support/small_model.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/optimizers/moving_average.hpp>

#include <algorithm>

using namespace unroll;
using namespace unroll::testing;
using Catch::Contains;

TEMPLATE_TEST_CASE("the average of the weights is that of the formula, in double", "", float, double) {
  SmallModel<TestType> model({1}, {1});
  const Parameters<TestType> parameters(model);
  MovingAverage<TestType> average(0.9);
  double expected = static_cast<double>(model.weight.value()[0]);
  for (int update = 1; update <= 50; ++update) {
    model.weight.mutable_value()[0] = static_cast<TestType>(update * update % 7);
    average.add(parameters);
    if (update == 1) expected = static_cast<double>(model.weight.value()[0]);  // it begins with the first weights
    const double kept = std::min(0.9, (1. + update) / (10. + update));
    expected = kept * expected + (1 - kept) * (update * update % 7);
  }
  average.exchange(parameters);
  CHECK(static_cast<double>(model.weight.value()[0]) == Approx(expected).epsilon(1e-5));
  average.exchange(parameters);
  CHECK(model.weight.value()[0] == TestType(50 * 50 % 7));
}

TEST_CASE("an average before its first weights exchanges nothing") {
  SmallModel<float> model({2}, {1});
  const auto before = model.weight.value();
  MovingAverage<float>(0.5).exchange(Parameters<float>(model));
  CHECK(model.weight.value() == before);
}

namespace {
struct Counter {
  Parameter<float> updates{Tensor<float>({2}, 1.f)};
  static void members(auto& self, auto&& visit) { visit("updates", self.updates); }
};
}  // namespace

TEST_CASE("no two values of an average's state have one name") {
  Counter counter;
  MovingAverage<float> average(0.5);
  average.add(Parameters<float>(counter));
  std::vector<std::string> names;
  average.for_each_state([&](const std::string& name, auto&) { names.push_back(name); });
  CHECK(names == std::vector<std::string>{"updates", "updates.average"});
}

TEST_CASE("an average goes on from its state, to the bit") {
  SmallModel<float> model({3}, {2});
  const Parameters<float> parameters(model);
  MovingAverage<float> whole(0.99), half(0.99), resumed(0.99);
  const auto move = [&](int update) { model.weight.mutable_value()[1] = static_cast<float>(update) / 3; };
  for (int update = 0; update < 10; ++update) move(update), whole.add(parameters), half.add(parameters);
  resumed.bind(parameters);
  std::vector<std::pair<std::string, Tensor<float>>> tensors;
  std::uint64_t updates = 0;
  half.for_each_state([&]<class Value>(const std::string& name, Value& value) {
    if constexpr (std::is_same_v<Value, std::uint64_t>)
      updates = value;
    else
      tensors.emplace_back(name, value);
  });
  std::size_t next = 0;
  resumed.for_each_state([&]<class Value>(const std::string& name, Value& value) {
    if constexpr (std::is_same_v<Value, std::uint64_t>) {
      value = updates;
    } else {
      CHECK(name == tensors[next].first);
      value = tensors[next++].second;
    }
  });
  for (int update = 10; update < 20; ++update) move(update), whole.add(parameters), resumed.add(parameters);
  whole.exchange(parameters);
  const auto expected = model.weight.value();
  whole.exchange(parameters);
  resumed.exchange(parameters);
  CHECK(model.weight.value() == expected);
}

TEST_CASE("a moving average refuses a decay out of range and other parameters") {
  for (const double decay : {-0.1, 1.0, std::numeric_limits<double>::quiet_NaN()})
    CHECK_THROWS_WITH(MovingAverage<float>(decay), Contains("moving_average: decay is"));
  SmallModel<float> model({3}, {2}), other({4}, {2});
  MovingAverage<float> average(0.5);
  average.add(Parameters<float>(model));
  CHECK_THROWS_WITH(average.add(Parameters<float>(other)), Contains("of shape [4], but it was made for"));
  Parameters<float> both(model);
  both.add(other);
  CHECK_THROWS_WITH(average.exchange(both), Contains("exchange of 4 parameters given, but it was made for 2"));
}

TEST_CASE("a weight that does not change has itself as its average, to the bit") {
  SmallModel<float> model({1000}, {1});
  const Parameters<float> parameters(model);
  const auto weight = model.weight.value();
  for (const double decay : {0.5, 0.9, 0.999}) {
    MovingAverage<float> average(decay);
    for (int update = 0; update < 100; ++update) average.add(parameters);
    average.exchange(parameters);
    CHECK(model.weight.value() == weight);
  }
}
