#include "support/catch.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tape/module.hpp>

#include <vector>

using namespace unroll;

namespace {
struct Leaf {
  Parameter<> weight{Tensor<>({2, 3})};
  static void members(auto& self, auto&& visit) { visit("weight", self.weight); }
};
struct Tree {
  Leaf first;
  std::vector<Leaf> more{Leaf(), Leaf()};
  Parameter<> bias{Tensor<>({4})};
  static void members(auto& self, auto&& visit) {
    visit("first", self.first);
    visit("more", self.more);
    visit("bias", self.bias);
  }
};
struct NamedTwice {
  Leaf first, second;
  Parameter<> bias{Tensor<>({4})};
  static void members(auto& self, auto&& visit) {
    visit("leaf", self.first);
    visit("bias", self.bias);
    visit("leaf", self.second);
  }
};
struct Tied {
  Leaf leaf;
  Parameter<>* again = &leaf.weight;
  static void members(auto& self, auto&& visit) {
    visit("leaf", self.leaf);
    visit("again", *self.again);
  }
};
}  // namespace

TEST_CASE("parameters are visited by path, through modules and containers, const or not", "[module]") {
  const Tree tree;
  std::vector<std::string> names;
  for_each_parameter(tree, [&](const std::string& name, const Parameter<>&) { names.push_back(name); });
  CHECK(names == std::vector<std::string>{"first.weight", "more.0.weight", "more.1.weight", "bias"});
  Tree mutable_tree;
  const auto parameters = parameters_of(mutable_tree);
  CHECK(parameters.size() == 4);
  CHECK(parameters.count() == 3 * 6 + 4);
  CHECK(parameters[3].parameter == &mutable_tree.bias);
}

TEST_CASE("parameters are visited without names in the same order", "[module]") {
  const Tree tree;
  std::vector<const Parameter<>*> named, unnamed;
  for_each_parameter(tree, [&](const std::string&, const Parameter<>& parameter) { named.push_back(&parameter); });
  for_each_unnamed_parameter(tree, [&](const Parameter<>& parameter) { unnamed.push_back(&parameter); });
  CHECK(named.size() == 4);
  CHECK(unnamed == named);
}

TEST_CASE("a tied parameter is listed once, under its first name", "[module]") {
  Tied tied;
  const auto parameters = parameters_of(tied);
  REQUIRE(parameters.size() == 1);
  CHECK(parameters[0].name == "leaf.weight");
}

TEST_CASE("two parameters of one name in a module are refused, of two modules not", "[module][error]") {
  NamedTwice module;
  CHECK_THROWS_AS(parameters_of(module), ArgumentError);
  CHECK_THROWS_WITH(parameters_of(module),
                    "parameters: two of a module's parameters have the name \"leaf.weight\", "
                    "expected one each (does its members() visit a name twice?)");
  Leaf first, second;
  auto parameters = parameters_of(first);
  parameters.add(second);
  CHECK(parameters.size() == 2);
}

TEST_CASE("copying a module copies its weights", "[module]") {
  Leaf a;
  Leaf b = a;
  b.weight.mutable_value()[0] = 5;
  CHECK(a.weight.value()[0] == 0);
}

TEST_CASE("gradients add up until they are zeroed, and changing a value raises its version", "[parameter]") {
  Parameter<> parameter(Tensor<>({2}, {1, 2}));
  CHECK_FALSE(parameter.has_gradient());
  parameter.zero_gradient();
  parameter.add_gradient(Tensor<>({2}, {1, 2}).view());
  parameter.add_gradient(Tensor<>({2}, {10, 20}).view());
  CHECK(parameter.gradient() == Tensor<>({2}, {11, 22}));
  CHECK_THROWS_AS(parameter.add_gradient(Tensor<>({3}).view()), ShapeError);
  parameter.zero_gradient();
  CHECK(parameter.gradient() == Tensor<>({2}));
  const auto version = parameter.version();
  parameter.mutable_value()[0] = 3;
  CHECK(parameter.version() > version);
}
