#include "support/catch.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models.hpp>

using namespace unroll;
using Catch::Matchers::Contains;

TEST_CASE("a size of 0, or one that no BLAS can count, is named with its layer", "[sizes][error]") {
  const Random random(1);
  CHECK_THROWS_WITH(LstmCell({.inputs = 3, .hidden = 0}, random),
                    "LstmCell: hidden = 0 given, expected 1 to 2147483647");
  CHECK_THROWS_WITH(GruCell({.inputs = 0, .hidden = 3}, random), Contains("GruCell: inputs = 0"));
  CHECK_THROWS_WITH(RnnCell({.inputs = 0, .hidden = 3}, random), Contains("RnnCell: inputs = 0"));
  CHECK_THROWS_WITH(Linear({.inputs = std::size_t(1) << 40, .outputs = 1}, random),
                    Contains("Linear: inputs = 1099511627776"));
  CHECK_THROWS_WITH(Embedding({.tokens = 0, .width = 1}, random), Contains("Embedding: tokens = 0"));
  CHECK_THROWS_WITH(LayerNorm(0), Contains("LayerNorm: width = 0"));
  CHECK_THROWS_WITH(LstmCell({.inputs = 3, .hidden = std::size_t(1) << 30}, random),
                    "LstmCell: gates * hidden = 4294967296 given, expected 1 to 2147483647");
  CHECK_THROWS_AS(LstmCell({.inputs = 3, .hidden = 0}, random), ArgumentError);
}
