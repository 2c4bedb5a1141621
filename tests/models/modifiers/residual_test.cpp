#include "support/messages.hpp"
#include "support/modifiers.hpp"

using namespace unroll;
using namespace unroll_test;
using Catch::Matchers::Contains;

TEST_CASE("a residual cell adds its inputs to its outputs, and to nothing else", "[residual]") {
  const LstmCell<double> bare({.inputs = 4, .hidden = 4}, Random(1));
  const auto plain = run_cell(bare, 5, 4), found = run_cell(Residual(bare), 5, 4);
  const auto x = normal<double>(Random(100), {5, 3, 4});
  for (std::size_t i = 0; i < x.size(); ++i) CHECK(found[0][i] == plain[0][i] + x[i]);
  CHECK(found[1] == plain[1]);
  CHECK(found[2] == plain[2]);
}

TEST_CASE("dropout inside a residual spares the shortcut, and outside does not", "[residual]") {
  const RnnCell<double> bare({.inputs = 4, .hidden = 4}, Random(1));
  const VariationalRates rates{.inputs = 0.5, .hidden = 0};
  const auto plain = run_cell(VariationalDropout(bare, rates), 3, 4, Random(7));
  const auto outside = run_cell(VariationalDropout(Residual(bare), rates), 3, 4, Random(7));
  const auto inside = run_cell(Residual(VariationalDropout(bare, rates)), 3, 4, Random(7));
  const auto x = normal<double>(Random(100), {3, 3, 4});
  std::size_t dropped = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    CHECK(inside[0][i] == plain[0][i] + x[i]);
    const double added = outside[0][i] - plain[0][i];
    dropped += added == 0;
    CHECK((added == 0 || added == Approx(2 * x[i])));
  }
  CHECK(dropped > 0);
}

TEST_CASE("a residual refuses inputs of another width, with both shapes", "[residual]") {
  const Residual<RnnCell<double>> cell({.inputs = 3, .hidden = 4}, Random(1));
  CHECK_THAT(message_of<ShapeError>([&] { run_cell(cell, 2, 3); }), Contains("Residual: the inputs [T=2, N=3, D=3]")
                                                                        && Contains("[T=2, N=3, H=4]")
                                                                        && Contains("D = H expected"));
}
