#include "support/catch.hpp"
#include <unroll/models/cells/gru_cell.hpp>
#include <unroll/models/cells/lstm_cell.hpp>
#include <unroll/models/modifiers/modifiers.hpp>

#include <type_traits>

using namespace unroll;

namespace {
/// Says neither what it is made of nor more than its state.
struct Bare {
  struct State {
    Variable<double> hidden;
  };
  std::size_t hidden_size() const { return 1; }
  State step(Variable<double>, const State& previous) const { return previous; }
  static void members(auto&, auto&&) {}
};
}  // namespace

TEST_CASE("a modifier is made of what its inner cell is made of, or of nothing", "[modifiers]") {
  STATIC_REQUIRE(std::is_same_v<Zoneout<Residual<GruCell<>>>::Options, GruOptions>);
  STATIC_REQUIRE(std::is_empty_v<Zoneout<Bare>::Options>);
  const Zoneout<Bare> zoneout{Bare()};
  CHECK(zoneout.hidden_size() == 1);
}

TEST_CASE("the scalar of a cell is that of its state", "[modifiers]") {
  STATIC_REQUIRE(std::is_same_v<detail::ScalarOf<LstmCell<float>>, float>);
  STATIC_REQUIRE(std::is_same_v<detail::ScalarOf<LayerNormalized<GruCell<double>>>, double>);
  STATIC_REQUIRE(std::is_same_v<detail::ScalarOf<Bare>, double>);
}
