#include "support/catch.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/ops/kernels/index_errors.hpp>

using namespace unroll;
using Catch::Matchers::Equals;

TEST_CASE("an index is at least 0 and below its limit", "[indices]") {
  CHECK(detail::is_index(0, 1));
  CHECK_FALSE(detail::is_index(1, 1));
  CHECK_FALSE(detail::is_index(-1, 1));
  CHECK_FALSE(detail::is_index(0, 0));
}

TEST_CASE("the error names operation, argument, number, position, limit and cause", "[indices][error]") {
  CHECK_THROWS_AS(detail::index_outside("rows", "token", 70, {4, 3}, 10, 65, "V", "why?"), ArgumentError);
  CHECK_THROWS_WITH(detail::index_outside("rows", "token", 70, {4, 3}, 10, 65, "V", "why?"),
                    Equals("rows: token 70 at position [3, 1] of [4, 3] is outside [0, V=65) (why?)"));
}
