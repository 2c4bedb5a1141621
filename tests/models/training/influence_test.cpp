#include "support/catch.hpp"
#include "support/ops.hpp"
#include <unroll/models/training/influence.hpp>

using namespace unroll;
using unroll::testing::near;

namespace {

constexpr std::size_t components = 3;
const std::vector<std::size_t> sizes{4, 0, 2};
const Tensor<double> jacobian = normal<double>(Random(1), {components, components});

/// ∂component/∂parameter at once, of the parameter's numbers.
Tensor<double> immediate(std::size_t parameter, std::uint64_t step) {
  return normal<double>(Random(2).split(parameter).split(step), {components, sizes[parameter]});
}

/// What acts on what: number i of parameter 0 on component i, number 3 on the first two; parameter 2 on the last.
bool acts(std::size_t component, std::size_t parameter, std::size_t number) {
  if (parameter == 0) return number == component || (number == 3 && component < 2);
  return component == 2;
}

InfluencePattern pattern() {
  InfluencePattern result(components, sizes);
  for (const std::size_t parameter : {0u, 2u})
    for (std::size_t component = 0; component < components; ++component) {
      std::vector<double> gradient(sizes[parameter]);
      for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] = acts(component, parameter, i) ? -0.5 : 0;
      result.add(component, parameter, gradient.data());
    }
  return result;
}

/// Two steps of the matrix, and of M' = J M + I by its definition, with what does not act left out at every step.
void expect_recursion(Influence<double> influence, const auto& kept) {
  std::vector<Tensor<double>> expected;
  for (const std::size_t size : sizes) expected.emplace_back(Shape{components, size});
  influence.clear();
  for (const std::uint64_t step : {1u, 2u}) {
    std::vector<Tensor<double>> next;
    for (std::size_t p = 0; p < sizes.size(); ++p) {
      Tensor<double> sum(expected[p].shape());
      for (std::size_t k = 0; k < components; ++k)
        for (std::size_t i = 0; i < sizes[p]; ++i) {
          if (!kept(k, p, i)) continue;
          sum.at({k, i}) = immediate(p, step).at({k, i});
          for (std::size_t from = 0; from < components; ++from)
            sum.at({k, i}) += jacobian.at({k, from}) * expected[p].at({from, i});
        }
      next.push_back(sum);
    }
    expected = next;
    for (std::size_t sweep = 0; sweep < influence.sweeps(); ++sweep) {
      std::vector<Tensor<double>> sums;  // as a sweep gives them: over its components
      for (std::size_t p = 0; p < sizes.size(); ++p) {
        sums.emplace_back(Shape{sizes[p]});
        for (const std::size_t k : influence.sweep(sweep))
          for (std::size_t i = 0; i < sizes[p]; ++i)
            if (kept(k, p, i)) sums[p][i] += immediate(p, step).at({k, i});
      }
      influence.put_immediate(sweep, std::vector<const double*>{sums[0].data(), nullptr, sums[2].data()});
    }
    influence.advance(jacobian.data());
  }
  const std::vector<double> cotangent{2, -1, 0.5};
  std::vector<Tensor<double>> gradients;
  std::vector<double*> places;
  for (const std::size_t size : sizes) gradients.emplace_back(Shape{size}, 10.0);
  for (auto& gradient : gradients) places.push_back(gradient.data());
  influence.add_gradient(cotangent.data(), places);
  for (std::size_t p = 0; p < sizes.size(); ++p) {
    CAPTURE(p);
    const Tensor<double> found = influence.of(p, sizes[p]);
    unroll::testing::expect_values(found.view(), [&](std::size_t i) { return expected[p][i]; });
    for (std::size_t i = 0; i < sizes[p]; ++i) {
      double sum = 10;
      for (std::size_t k = 0; k < components; ++k) sum += cotangent[k] * expected[p].at({k, i});
      CHECK(near(gradients[p][i], sum));
    }
  }
}

}  // namespace

TEST_CASE("the whole influence follows its recursion", "[rtrl]") {
  const Influence<double> all(components, sizes);
  CHECK(all.entries() == 18);
  CHECK(all.sweeps() == 3);
  CHECK(all.widest_sweep() == 1);
  expect_recursion(all, [](auto...) { return true; });
}

TEST_CASE("the entries of a pattern follow theirs, whether components share a sweep or not", "[rtrl]") {
  const bool together = GENERATE(true, false);
  const Influence<double> kept(pattern(), together ? Sweeps::shared : Sweeps::one_by_one);
  CHECK(kept.components() == components);
  CHECK(kept.entries() == 7);
  CHECK(kept.sweeps() == (together ? 2 : 3));
  CHECK(kept.widest_sweep() == (together ? 2 : 1));
  expect_recursion(kept, acts);
}

TEST_CASE("components share a sweep unless a number acts on both, and each is in one", "[rtrl]") {
  const Influence<double> kept(pattern(), Sweeps::shared);
  CHECK(kept.sweep(0) == std::vector<std::size_t>{0, 2});
  CHECK(kept.sweep(1) == std::vector<std::size_t>{1});
}

TEST_CASE("a pattern counts an entry once", "[rtrl]") {
  InfluencePattern seen(2, std::vector<std::size_t>{3});
  const std::vector<double> first{0, 1, 0}, second{2, 3, 0};
  CHECK(seen.add(1, 0, first.data()) == 1);
  CHECK(seen.add(1, 0, second.data()) == 1);
  CHECK(seen.add(0, 0, second.data()) == 2);
  CHECK(seen.add(0, 0, first.data()) == 0);
  CHECK(seen.entries() == 4);
  const auto by_number = seen.by_number(0);
  CHECK(by_number.of(0).size() == 2);
  CHECK(by_number.components == std::vector<std::uint32_t>{0, 1, 0, 1});
  CHECK(by_number.of(2).empty());
}

TEST_CASE("an influence is held twice, and so is the Jacobian", "[rtrl]") {
  CHECK(Influence<double>::bytes(0, 10) == 160);
  CHECK(Influence<float>::bytes(3, 10) == 2 * 19 * 4);
  CHECK(InfluencePattern::bytes(10, 99) == 10 * 8 + 100 * 16);
}

TEST_CASE("a parameter that is not there, or has another size, is named", "[rtrl][error]") {
  const Influence<double> influence(components, sizes);
  CHECK_THROWS_WITH(influence.of(3, 4), "Influence: parameter 3 asked of 3 (they are counted from 0)");
  CHECK_THROWS_WITH(influence.of(0, 2),
                    "Influence: parameter 0 asked for with 2 numbers, expected its 4 (is it another?)");
}
