#include "support/catch.hpp"
#include "support/ctc.hpp"
#include <unroll/ops/kernels/ctc_lattice.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <span>
#include <utility>
#include <vector>

using namespace unroll;
using namespace unroll::testing;
using detail::CtcLattice;
using detail::CtcRow;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// A lattice with rows of its own: of the alignments up to each step, and of those behind it.
struct Walked {
  Symbols targets;
  Tensor<double> probabilities;  // [T, V]
  std::size_t steps = probabilities.shape()[0];
  std::vector<double> jumps, ahead, behind, work;
  CtcLattice<double> lattice{targets, 0, {}};

  auto emission(std::size_t t) const {
    return [this, t](int v) {
      return std::log(probabilities[t * probabilities.shape()[1] + static_cast<std::size_t>(v)]);
    };
  }

  Walked(Symbols given, const Tensor<double>& logits)
      : targets(std::move(given)), probabilities(probabilities_of(logits)) {
    jumps.resize(CtcRow<double>::whole_registers(targets.size()) + 1);
    lattice = {targets, 0, jumps};
    const std::size_t size = lattice.row_size();
    ahead.resize((steps + 1) * size), behind.resize((steps + 1) * size), work.resize(size);
    lattice.find_jumps();
    lattice.begin(row(ahead, 0));
    for (std::size_t t = 0; t < steps; ++t) {
      lattice.go_forward(row(ahead, t), row(ahead, t + 1));
      lattice.emit(row(ahead, t + 1), emission(t));
    }
    // Row t + 1 has the alignments behind step t.
    lattice.end(row(work, 0));
    lattice.go_backward(row(work, 0), row(behind, steps));
    for (std::size_t t = steps; t-- > 1;) {
      std::copy_n(behind.begin() + static_cast<std::ptrdiff_t>((t + 1) * size), size, work.begin());
      lattice.emit(row(work, 0), emission(t));
      lattice.go_backward(row(work, 0), row(behind, t));
    }
  }
  CtcRow<double> row(std::vector<double>& rows, std::size_t t) const {
    return {std::span(rows).subspan(t * lattice.row_size(), lattice.row_size())};
  }
  double total() { return lattice.total(row(ahead, steps)); }
  /// What step t emits, given the targets.
  std::map<int, double> emitted(std::size_t t) {
    std::map<int, double> found;
    lattice.for_each_emitted(row(ahead, t + 1), row(behind, t + 1), row(work, 0),
                             [&](int v, double probability) { found[v] += probability; });
    return found;
  }
};

/// The same by enumeration of all alignments.
std::map<int, double> emitted_by_enumeration(const Tensor<double>& logits, const Symbols& targets, std::size_t t) {
  std::map<int, double> found;
  double sum = 0;
  for_each_alignment(logits, [&](const Symbols& classes, double probability) {
    if (spelled_by(classes, 0) == targets) found[classes[t]] += probability, sum += probability;
  });
  for (auto& [v, probability] : found) probability /= sum;
  return found;
}

}  // namespace

TEST_CASE("the logarithm of a sum of exponentials subtracts no infinities", "[ctc_loss]") {
  const auto log_of_sum = [](double a, double b) { return detail::log_of_sum(a, b); };
  CHECK(log_of_sum(std::log(0.25), std::log(0.5)) == Approx(std::log(0.75)));
  CHECK(log_of_sum(-infinity, -1.5) == -1.5);
  CHECK(log_of_sum(-1.5, -infinity) == -1.5);
  CHECK(log_of_sum(-infinity, -infinity) == -infinity);
  CHECK(log_of_sum(1000, 0) == 1000);
  CHECK(log_of_sum(-1000, -1000) == Approx(-1000 + std::log(2)));
  CHECK(std::isnan(log_of_sum(std::nan(""), 0)));
}

TEST_CASE("a row has room for whole registers of blanks and of targets, apart from each other", "[ctc_loss]") {
  constexpr std::size_t lanes = CtcRow<double>::lanes;
  for (std::size_t targets = 0; targets < 3 * lanes; ++targets) {
    const std::size_t registers = CtcRow<double>::whole_registers(targets);
    CHECK(registers % lanes == 0);
    CHECK(registers >= targets + 1);
    std::vector<double> numbers(CtcRow<double>::size_for(targets));
    const CtcRow<double> row{numbers};
    CHECK(row.blanks() == numbers.data());
    CHECK(row.targets() == row.blanks() + registers + lanes);  // a target before the first one is -infinity
    CHECK(row.targets() + registers == numbers.data() + numbers.size());
  }
}

TEST_CASE("a target may be jumped to from the one before it unless they are the same", "[ctc_loss]") {
  const Symbols targets{2, 2, 1, 2};
  std::vector<double> jumps(CtcRow<double>::whole_registers(targets.size()) + 1, -1);
  CtcLattice<double>{targets, 0, jumps}.find_jumps();
  CHECK(std::vector(jumps.begin(), jumps.begin() + 4) == std::vector<double>{1, 0, 1, 1});
}

TEST_CASE("walking forward gives the probability of the targets, for any number of them", "[ctc_loss]") {
  for (std::size_t count = 0; count < 20; ++count) {
    Symbols targets(count);
    for (std::size_t s = 0; s < count; ++s) targets[s] = 1 + static_cast<int>(Random(3).bits(s) % 3);
    const auto logits = normal<double>(Random(4).split(count), {2 * count + 3, 4});
    CAPTURE(count);
    CHECK(Walked(targets, logits).total() == Approx(std::log(probability_of(logits, targets, 0))));
  }
}

TEST_CASE("what is emitted at each step, given the targets, is what enumeration finds", "[ctc_loss]") {
  for (const Symbols& targets : {Symbols{}, Symbols{1}, Symbols{1, 1}, Symbols{2, 1, 2}}) {
    const auto logits = normal<double>(Random(5), {5, 3});
    Walked walked(targets, logits);
    for (std::size_t t = 0; t < 5; ++t) {
      double sum = 0;
      for (const auto& [v, probability] : walked.emitted(t)) {
        sum += probability;
        CHECK(probability == Approx(emitted_by_enumeration(logits, targets, t)[v]).margin(1e-12));
      }
      CHECK(sum == Approx(1));
    }
  }
}
