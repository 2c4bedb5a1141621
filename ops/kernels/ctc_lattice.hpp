#pragma once

#include <unroll/ops/kernels/row_kernels.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

/// The lattice of connectionist temporal classification (Graves et al. 2006, section 4.1): the S targets, and S + 1
/// blanks before, between and behind them. At each step an alignment stays where it is, goes on to the next, or jumps
/// over a blank between two targets that differ. For the source of ctc_loss.
namespace unroll::inline v0::detail {

constexpr double no_probability = -std::numeric_limits<double>::infinity();

/// log(e^a + e^b). Either may be -infinity: no two infinities are subtracted. A NaN is passed on.
template <class Number>
Number log_of_sum(Number a, Number b) {
  using std::exp, std::log;
  const auto swapped = b > a;
  const Number higher = where(swapped, b, a), lower = where(swapped, a, b);
  const Number shift = where(higher == Number(no_probability), Number(0), higher);
  return higher + log(1 + exp(lower - shift));
}

/// A row of log probabilities, one for each place of the lattice; places that there are not have -infinity, so that
/// whole registers are read.
template <class Number, class Vector = Lanes<Number>>
struct CtcRow {
  static constexpr std::size_t lanes = Vector::count;
  std::span<Number> numbers;

  static std::size_t whole_registers(std::size_t targets) { return (targets / lanes + 1) * lanes; }
  /// How many numbers hold a row of this many targets: the blanks, a register of places that there are not, the
  /// targets.
  static std::size_t size_for(std::size_t targets) { return 2 * whole_registers(targets) + lanes; }

  Number* blanks() const { return numbers.data(); }
  Number* targets() const { return numbers.data() + (numbers.size() + lanes) / 2; }
  void clear() const { std::fill(numbers.begin(), numbers.end(), Number(no_probability)); }
};

/// The alignments of one sequence, which go from the first blank before its first step to the last one behind its last.
template <class Number, class Vector = Lanes<Number>>
struct CtcLattice {
  using Row = CtcRow<Number, Vector>;

  std::span<const int> targets;
  int blank;
  std::span<Number> jumps;  // for each target, 1 when it may be jumped to from the one before it, else 0

  std::size_t row_size() const { return Row::size_for(targets.size()); }

  /// Needs room for whole_registers(S) + 1 numbers.
  void find_jumps() const {
    std::fill(jumps.begin(), jumps.end(), Number(1));
    for (std::size_t s = 1; s < targets.size(); ++s) jumps[s] = targets[s] != targets[s - 1] ? 1 : 0;
  }

  /// The rows before the first step and behind the last.
  void begin(Row row) const { row.clear(), row.blanks()[0] = 0; }
  void end(Row row) const { row.clear(), row.blanks()[targets.size()] = 0; }

  /// The log probability of the whole, from the row of the last step.
  Number total(Row last) const {
    return log_of_sum(last.blanks()[targets.size()], last.targets()[static_cast<std::ptrdiff_t>(targets.size()) - 1]);
  }

  /// next = log Σ e^previous over the places from which alignments come to each. A target is reached from itself, the
  /// blank before it and by a jump: from what the new row has at that blank, which was come to from there and from the
  /// target before. So a place takes one exponential and one logarithm.
  void go_forward(Row previous, Row next) const { walk(previous, previous.targets() - 1, next, 0, jumps.data()); }
  /// next = log Σ e^following over the places to which alignments go from each, likewise.
  void go_backward(Row following, Row next) const { walk(following, following.targets(), next, 1, jumps.data() + 1); }

  /// Adds what a step emits to a row of it: emission(class) is a log probability.
  void emit(Row row, const auto& emission) const {
    const Number of_blank = emission(blank);
    for (std::size_t s = 0; s <= targets.size(); ++s) row.blanks()[s] += of_blank;
    for (std::size_t s = 0; s < targets.size(); ++s) row.targets()[s] += emission(targets[s]);
  }

  /// Calls visit(class, probability) for what a step emits, given the targets; the probabilities add up to 1. `before`
  /// has the alignments up to and with the step, `after` those behind it; `work` is a row to work in.
  void for_each_emitted(Row before, Row after, Row work, const auto& visit) const {
    Number* const numbers = work.numbers.data();
    const std::size_t count = row_size();
    const GradientSink<Number> to{numbers, true};
    const auto plus = [](auto a, auto b) { return a + b; };
    transform_row(count, plus, to, before.numbers.data(), after.numbers.data());
    const Number largest = largest_of(count, static_cast<const Number*>(numbers));
    transform_row(
        count, [largest](auto a) { return exp(a - largest); }, to, numbers);
    // Divided by their own sum, and not by the probability of the whole, large logits cannot make one exceed 1.
    const Number scale = 1 / sum_over(count, itself, numbers);
    visit(blank, scale * sum_over(Row::whole_registers(targets.size()), itself, work.blanks()));
    for (std::size_t s = 0; s < targets.size(); ++s) visit(targets[s], scale * work.targets()[s]);
  }

 private:
  /// Blank s is joined with beside[s], and target s with blank s + shift: the new one after a jump, else the old one.
  void walk(Row from, const Number* beside, Row to, std::size_t shift, const Number* jump) const {
    const std::size_t count = targets.size();
    Number* const next = to.targets();
    for (std::size_t s = 0; s <= count; s += Row::lanes)
      log_of_sum(Vector::load(from.blanks() + s), Vector::load(beside + s)).store(to.blanks() + s);
    std::fill(to.blanks() + Row::whole_registers(count), next, Number(no_probability));
    for (std::size_t s = 0; s < count; s += Row::lanes) {
      const Vector blanks = where(Vector::load(jump + s) > Vector(0), Vector::load(to.blanks() + s + shift),
                                  Vector::load(from.blanks() + s + shift));
      log_of_sum(Vector::load(from.targets() + s), blanks).store(next + s);
    }
    std::fill(next + count, next + Row::whole_registers(count), Number(no_probability));
  }
};

}  // namespace unroll::inline v0::detail
