#include "support/catch.hpp"
#include <unroll/framework/tape/parameter.hpp>
#include <unroll/framework/tape/tape.hpp>

#include <set>

using namespace unroll;

namespace {
struct One {
  Parameter<> weight{Tensor<>({1}, 1.0f)};
  static void members(auto& self, auto&& visit) { visit("weight", self.weight); }
};
}  // namespace

TEST_CASE("write access gives a parameter another version, when it is used and when it ends", "[parameter]") {
  Parameter<> parameter(Tensor<>({2}, {1, 2}));
  std::set<std::uint64_t> versions{parameter.version()};
  const auto is_new = [&] { return versions.insert(parameter.version()).second; };
  {
    const auto value = parameter.mutable_value();
    CHECK(is_new());
    value[0] = 5;
    CHECK(is_new());
    *value = Tensor<>({2}, {7, 8});
    CHECK(is_new());
    value->at({1}) = 9;
    CHECK(is_new());
    for (float& number : value) number += 1;
    CHECK(is_new());
    CHECK_FALSE(is_new());  // not by looking at it
  }
  CHECK(is_new());
  CHECK(parameter.value() == Tensor<>({2}, {8, 10}));
  parameter.mark_changed();
  CHECK(is_new());
}

TEST_CASE("to read a gradient changes nothing, and to write one tells the next backward that it is there",
          "[parameter]") {
  One model;
  Parameter<>& weight = model.weight;
  weight.add_gradient(Tensor<>({1}, 1.0f));
  weight.zero_gradient();
  CHECK(weight.gradient()[0] == 0);
  CHECK(weight.gradient_is_empty());
  weight.mutable_gradient()[0] = 5;
  CHECK_FALSE(weight.gradient_is_empty());
  Tape tape;
  backward(tape.use(weight), Parameters<>(model));
  CHECK(weight.gradient()[0] == 6);
}

TEST_CASE("a gradient is no change of the value", "[parameter]") {
  Parameter<> parameter(Tensor<>({2}, 1.0f));
  const auto version = parameter.version();
  parameter.add_gradient(Tensor<>({2}, 1.0f));
  parameter.mutable_gradient()[0] = 3;
  parameter.zero_gradient();
  parameter.frozen = true;
  CHECK(parameter.version() == version);
}

TEST_CASE("no two values of any parameters have one version, but copies share it until one of them changes",
          "[parameter]") {
  std::set<std::uint64_t> versions;
  for (int i = 0; i < 100; ++i) {
    Parameter<> parameter(Tensor<>({1}, 1.0f));
    Parameter<double> other(Tensor<double>({1}, 1.0));
    CHECK(versions.insert(parameter.version()).second);
    CHECK(versions.insert(other.version()).second);
    Parameter<> copy = parameter;
    CHECK(copy.version() == parameter.version());
    copy.mutable_value()[0] = 2;
    CHECK(versions.insert(copy.version()).second);
    CHECK(versions.contains(parameter.version()));
    parameter = copy;
    CHECK(parameter.version() == copy.version());
  }
}
