#include "support/modifiers.hpp"

#include <unroll/models/cells/gru_cell.hpp>
#include <unroll/models/cells/lru_cell.hpp>
#include <unroll/models/cells/min_gru_cell.hpp>
#include <unroll/models/cells/min_lstm_cell.hpp>
#include <unroll/models/cells/mlstm_cell.hpp>
#include <unroll/models/cells/slstm_cell.hpp>

using namespace unroll;
using namespace unroll_test;

namespace {

/// So that on few units every modifier has something to do.
void strengthen(auto& cell) {
  if constexpr (requires { cell.limit; }) cell.limit = 0.4;
  if constexpr (requires { cell.rates.cell; }) cell.rates = {.hidden = 0.4, .cell = 0.4};
  if constexpr (requires { cell.inner; }) strengthen(cell.inner);
}

/// D = H, so that a residual fits; Projected halves the hidden state, and D with it.
template <class Cell>
Cell make() {
  constexpr bool projects = requires(Cell cell) { cell.projection_weight; }
  || requires(Cell cell) { cell.inner.projection_weight; }
  || requires(Cell cell) { cell.inner.inner.projection_weight; };
  typename Cell::Options options{};
  options.hidden = 4;
  options.inputs = projects ? 2 : 4;
  if constexpr (projects) options.recurrent = 2;
  Cell cell(options, Random(5));
  for (const auto& [name, parameter] : parameters_of<double>(cell))  // gains of 1 and biases of 0 would hide mistakes
    if (name.find("norm") != name.npos)
      for (std::size_t i = 0; i < parameter->value().size(); ++i)
        parameter->mutable_value()[i] += 0.3 * Random(6).normal(i);
  strengthen(cell);
  return cell;
}

template <class Cell>
void check() {
  const Cell cell = make<Cell>();
  for (const Noise& noise : {Noise(), Noise(Random(11))}) {
    const auto report = check_cell(cell, cell.hidden_size(), noise);
    INFO((noise ? "training: " : "evaluation: ") << report);
    CHECK(report.passed());
  }
}

}  // namespace

// The table of models/modifiers/modifiers.hpp.
TEMPLATE_TEST_CASE("every modifier alone has the gradients of central differences, in training and at evaluation",
                   "[modifiers][gradient]", RnnCell<double>, LstmCell<double>, GruCell<double>) {
  check<Zoneout<TestType>>();
  check<VariationalDropout<TestType>>();
  check<LayerNormalized<TestType>>();
  check<StateClipped<TestType>>();
  check<Residual<TestType>>();
}

TEMPLATE_TEST_CASE("modifiers that fit a cell without recurrent products have the gradients of central differences",
                   "[modifiers][gradient]", MinGruCell<double>, MinLstmCell<double>, MLstmCell<double>,
                   LruCell<double>) {
  check<Zoneout<TestType>>();
  check<VariationalDropout<TestType>>();
  check<StateClipped<TestType>>();
  check<Residual<TestType>>();
}

TEMPLATE_TEST_CASE("every combination of the table has the gradients of central differences", "[modifiers][gradient]",
                   RnnCell<double>, LstmCell<double>, GruCell<double>) {
  check<Zoneout<Residual<VariationalDropout<TestType>>>>();
  check<VariationalDropout<Zoneout<TestType>>>();
  check<Residual<LayerNormalized<TestType>>>();
  check<LayerNormalized<VariationalDropout<TestType>>>();
  check<VariationalDropout<LayerNormalized<TestType>>>();
  check<StateClipped<Zoneout<LayerNormalized<TestType>>>>();
}

TEMPLATE_TEST_CASE("Projected and what stands around it has the gradients of central differences",
                   "[modifiers][gradient]", RnnCell<double>, LstmCell<double>, PeepholeLstmCell<double>,
                   CoupledLstmCell<double>, SLstmCell<double>) {
  check<Projected<TestType>>();
  check<Zoneout<Projected<TestType>>>();
  check<Residual<VariationalDropout<Projected<TestType>>>>();
}
