#include "support/catch.hpp"
#include "support/flows.hpp"
using namespace unroll;
using namespace unroll::testing;
using Catch::Contains;
using flow::NamedFlow;

TEST_CASE("the table shows decay, bound, memory and verdict of every layer", "[flow]") {
  const std::vector<NamedFlow> flows{halving("small"), halving("a longer name")};
  const std::string table = to_table(flows);
  CHECK_THAT(table, Contains("small              0  0.5000  halve every step             0.7500   1.25e-01  1.00e+00"));
  CHECK_THAT(table,
             Contains("a longer name      0  0.5000") && Contains("75 %  healthy") && Contains("5.00e-01  2.50e-01"));
  CHECK_THAT(table, Contains("1 of 4 gradients clipped at 2") && Contains("12 % of it is left after 3 steps"));
}
