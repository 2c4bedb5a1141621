#include "support/catch.hpp"
#include <unroll/framework/tape/parameter_copies.hpp>

using namespace unroll;

namespace {
struct Pair {
  Parameter<double> a{Tensor<double>({2}, {1, 2})}, b{Tensor<double>({1}, {3})};
  static void members(auto& self, auto&& visit) { visit("a", self.a), visit("b", self.b); }
};
}  // namespace

TEST_CASE("a copy keeps what a parameter was, and is found by the version it had", "[parameter-copies]") {
  Pair pair;
  const std::uint64_t version = pair.a.version();
  ParameterCopies<double> copies;
  copies.take(Parameters<double>(pair));
  pair.a.mutable_value()[1] = 7;
  REQUIRE(copies.find(pair.a, version) != nullptr);
  CHECK(copies.find(pair.a, version)[1] == 2);
  CHECK(copies.find(pair.a, pair.a.version()) == nullptr);
  CHECK(copies.find(Pair().b, pair.b.version()) == nullptr);
}

TEST_CASE("copies that are taken again hold the new values in the same memory", "[parameter-copies]") {
  Pair pair;
  const Parameters<double> parameters(pair);
  ParameterCopies<double> copies;
  copies.take(parameters);
  const double* const memory = copies.find(pair.b, pair.b.version());
  pair.b.mutable_value()[0] = 8;
  copies.take(parameters);
  CHECK(copies.find(pair.b, pair.b.version()) == memory);
  CHECK(*memory == 8);
}

TEST_CASE("copies know whether they are of what parameters are now", "[parameter-copies]") {
  Pair pair, other;
  const Parameters<double> parameters(pair);
  ParameterCopies<double> copies;
  CHECK_FALSE(copies.are_of(parameters));
  copies.take(parameters);
  CHECK(copies.bytes() == 3 * sizeof(double));
  CHECK(copies.are_of(parameters));
  CHECK_FALSE(copies.are_of(Parameters<double>(other)));
  pair.b.mutable_value()[0] = 8;
  CHECK_FALSE(copies.are_of(parameters));
}
