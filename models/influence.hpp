#pragma once

#include <unroll/framework/tensor.hpp>
#include <unroll/models/sizes.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace unroll::inline v0 {

/// Which numbers of the parameters act on which components of a state: the entries of ∂state/∂θ that are not always 0.
/// Found by looking: every gradient that is not 0 adds an entry.
class InfluencePattern {
 public:
  /// `sizes`: the numbers in each parameter. Throws ArgumentError for more numbers in one, or more components, than 32
  /// bits count, and Error when the machine has not the memory.
  InfluencePattern(std::size_t components, std::span<const std::size_t> sizes);

  /// Adds what acts on one component, given ∂component/∂parameter; returns how many entries are new. Throws
  /// ArgumentError when there is no such component or parameter, here and below.
  template <class Scalar>
  std::size_t add(std::size_t component, std::size_t parameter, const Scalar* gradient);

  std::size_t components() const { return components_; }
  std::size_t entries() const { return entries_; }
  std::size_t parameters() const { return sizes_.size(); }
  std::size_t size(std::size_t parameter) const {
    detail::expect_place("InfluencePattern", "parameter", parameter, sizes_.size());
    return sizes_[parameter];
  }

  /// The components that each number of a parameter acts on, ascending.
  struct ByNumber {
    std::vector<std::size_t> first{0};      // [size + 1]: where those of a number begin
    std::vector<std::uint32_t> components;  // number after number
    std::span<const std::uint32_t> of(std::size_t number) const {
      detail::expect_place("InfluencePattern", "number", number, first.size() - 1);
      return std::span(components).subspan(first[number], first[number + 1] - first[number]);
    }
  };
  ByNumber by_number(std::size_t parameter) const;

  /// Bytes that so many entries take, once here and once by number, of parameters of up to `largest` numbers.
  static double bytes(double entries, double largest) {
    return 2 * entries * sizeof(std::uint32_t) + 2 * (largest + 1) * sizeof(std::size_t);
  }

 private:
  std::size_t components_, entries_ = 0;
  std::vector<std::size_t> sizes_;
  std::vector<std::vector<std::uint32_t>> numbers_;  // [components, parameters]: the numbers that act, ascending
};

/// Whether each component of a state has a reverse sweep of its own, or components that no number acts on both of share
/// one.
enum class Sweeps { one_by_one, shared };

/// The influence of parameters on a state, M = ∂state/∂θ, of S components and P numbers, which real-time recurrent
/// learning (Williams and Zipser 1989) carries from step to step. It is kept in blocks: numbers that act on the same
/// components share one, dense [components, numbers]. All of M is one block. Allocates nothing once made.
template <class Scalar>
class Influence {
 public:
  Influence() = default;
  /// All S · P entries, zeros. Throws Error when the machine has not the memory, and ArgumentError or ShapeError when
  /// they are more than can be counted.
  Influence(std::size_t components, std::span<const std::size_t> sizes);
  /// The entries of a pattern, zeros.
  Influence(const InfluencePattern& pattern, Sweeps sweeps);

  /// Bytes that so many entries take, and of a step's Jacobian what a block reads: entries are held twice, as they were
  /// and as they become, and the Jacobian is up to twice, here and with its owner.
  static double bytes(double components, double entries) {
    return 2 * (entries + components * components) * sizeof(Scalar);
  }

  std::size_t components() const { return components_; }
  std::size_t entries() const { return now_.size(); }

  /// Sets of components, each once in all, of which one reverse sweep finds what acts on them: since no number acts on
  /// two of a set, the gradient of their sum is the gradient of the one (Curtis, Powell and Reid 1974).
  std::size_t sweeps() const { return sweeps_.size(); }
  const std::vector<std::size_t>& sweep(std::size_t index) const {
    detail::expect_place("Influence", "sweep", index, sweeps_.size());
    return sweeps_[index].components;
  }
  /// The most components in a set.
  std::size_t widest_sweep() const;

  /// All zeros.
  void clear();
  /// What a sweep found of the next step: the gradients of the parameters, nullptr for zeros. To be called for each.
  void put_immediate(std::size_t sweep, std::span<const Scalar* const> gradients);
  /// M becomes J · M + immediate, where J = ∂next state/∂state, [S, S]. Products with entries that are not kept are
  /// left out.
  void advance(const Scalar* jacobian);
  /// Adds cotangentᵀ · M to the gradients of the parameters, cotangent of S numbers.
  void add_gradient(const Scalar* cotangent, std::span<Scalar* const> gradients);

  /// The part of M that belongs to a parameter of so many numbers, [S, size]; entries that are not kept are 0. Throws
  /// ArgumentError when there is no such parameter, or it has another size.
  Tensor<Scalar> of(std::size_t parameter, std::size_t size) const;

 private:
  /// Consecutive numbers of a parameter.
  struct Segment {
    std::size_t parameter, first, count;
  };
  struct Block {
    std::vector<std::size_t> components;
    std::vector<Segment> segments;
    std::size_t width = 0, offset = 0;  // numbers; where they begin in now_ and next_
  };
  struct Row {
    std::size_t block, row;
  };
  struct Sweep {
    std::vector<std::size_t> components;
    std::vector<Row> rows;
  };

  void put_number(Block& block, std::size_t parameter, std::size_t number);
  void lay_out();
  void sweep_one_by_one();
  void share_sweeps();
  void take_rows();

  std::size_t components_ = 0;
  std::vector<std::size_t> sizes_;  // of the parameters
  std::vector<Block> blocks_;
  std::vector<Sweep> sweeps_;
  std::vector<Scalar> now_, next_;
  std::vector<Scalar> of_block_;  // scratch: a block's part of the Jacobian or of the cotangent, and of the gradient
};

}  // namespace unroll::inline v0
