#include "support/catch.hpp"
#include <unroll/framework/parameter.hpp>

#include <set>

using namespace unroll;

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

TEST_CASE("a gradient is no change of the value", "[parameter]") {
  Parameter<> parameter(Tensor<>({2}, 1.0f));
  const auto version = parameter.version();
  parameter.add_gradient(Tensor<>({2}, 1.0f));
  parameter.gradient()[0] = 3;
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
