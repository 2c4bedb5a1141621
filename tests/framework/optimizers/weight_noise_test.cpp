#include "support/catch.hpp"
#include "support/small_model.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/optimizers/weight_noise.hpp>

#include <cmath>
#include <limits>

using namespace unroll;
using namespace unroll::testing;
using Catch::Contains;

TEST_CASE("noise on the weights has its deviation, and is taken away to the bit") {
  SmallModel<float> model({100, 100}, {3});
  model.bias.frozen = true;
  const Parameters<float> parameters(model);
  const auto weight = model.weight.value(), bias = model.bias.value();
  WeightNoise<float> noise(0.1);
  noise.add(parameters, Random(1));
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < weight.size(); ++i) {
    const double difference = static_cast<double>(model.weight.value()[i] - weight[i]);
    sum += difference, squares += difference * difference;
  }
  CHECK(std::abs(sum / 10000) < 0.005);
  CHECK(std::sqrt(squares / 10000) == Approx(0.1).epsilon(0.03));
  CHECK(model.bias.value() == bias);  // frozen
  noise.remove();
  CHECK(model.weight.value() == weight);
}

TEST_CASE("the same random numbers give the same noise, others another") {
  SmallModel<float> model({5}, {3});
  const Parameters<float> parameters(model);
  WeightNoise<float> noise(0.1);
  const auto noisy = [&](std::uint64_t seed) {
    noise.add(parameters, Random(seed));
    const auto value = model.weight.value();
    noise.remove();
    return value;
  };
  CHECK(noisy(1) == noisy(1));
  CHECK(!(noisy(1) == noisy(2)));
}

TEST_CASE("noise of deviation 0 changes no version, so that packed weights stay") {
  SmallModel<float> model({5}, {3});
  const auto version = model.weight.version();
  WeightNoise<float> noise(0);
  noise.add(Parameters<float>(model), Random(1));
  noise.remove();
  CHECK(model.weight.version() == version);
}

TEST_CASE("noise is refused twice, and with a deviation out of range") {
  SmallModel<float> model({5}, {3});
  const Parameters<float> parameters(model);
  WeightNoise<float> noise(1);
  noise.add(parameters, Random(1));
  CHECK_THROWS_WITH(noise.add(parameters, Random(1)), Contains("was remove() forgotten?"));
  for (const double deviation : {-1.0, std::numeric_limits<double>::infinity()})
    CHECK_THROWS_WITH(WeightNoise<float>(deviation), Contains("weight_noise: deviation is"));
}

TEST_CASE("noise is taken from the parameters that it was added to, whatever was frozen in between") {
  SmallModel<float> model({4}, {3});
  const auto weight = model.weight.value(), bias = model.bias.value();
  model.bias.frozen = true;
  WeightNoise<float> noise(0.5);
  noise.add(Parameters<float>(model), Random(1));
  model.bias.frozen = false, model.weight.frozen = true;
  noise.remove();
  CHECK(model.weight.value() == weight);
  CHECK(model.bias.value() == bias);
}
