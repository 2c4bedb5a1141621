#pragma once

#include <unroll/framework/errors/sizes.hpp>
#include <unroll/framework/tensor/tensor.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace unroll::inline v0 {

/// Which numbers of the parameters act on which components of a state: the entries of ∂state/∂θ that are not always 0.
/// The caller adds gradients, and each number of them that is not 0 adds an entry.
class InfluencePattern {
 public:
  /// `sizes`: how many numbers each parameter has. Throws ArgumentError for more numbers in one parameter, or more
  /// components, than 32 bits count, and Error when the machine lacks the memory.
  InfluencePattern(std::size_t components, std::span<const std::size_t> sizes);

  /// Adds the entries of one component, given ∂component/∂parameter; returns how many are new. Throws ArgumentError for
  /// a component or parameter that does not exist, here and below.
  template <class Scalar>
  std::size_t add(std::size_t component, std::size_t parameter, const Scalar* gradient);

  /// S, the numbers in the state.
  std::size_t components() const { return components_; }
  /// How many entries have been added.
  std::size_t entries() const { return entries_; }
  /// How many parameters there are.
  std::size_t parameters() const { return sizes_.size(); }
  /// How many numbers a parameter has.
  std::size_t size(std::size_t parameter) const {
    detail::expect_index("InfluencePattern", "parameter", parameter, sizes_.size());
    return sizes_[parameter];
  }

  /// The components that each number of a parameter acts on, ascending.
  struct ByNumber {
    std::vector<std::size_t> first{0};      ///< [size + 1]: where the components of each number begin
    std::vector<std::uint32_t> components;  ///< those of all numbers, one after another
    /// The components of one number.
    std::span<const std::uint32_t> of(std::size_t number) const {
      detail::expect_index("InfluencePattern", "number", number, first.size() - 1);
      return std::span(components).subspan(first[number], first[number + 1] - first[number]);
    }
  };
  /// The entries of a parameter, sorted by its numbers. Throws Error when the machine lacks the memory.
  ByNumber by_number(std::size_t parameter) const;

  /// The bytes of `entries` entries, once here and once by number, for parameters of up to `largest` numbers.
  static double bytes(double entries, double largest) {
    return 2 * entries * sizeof(std::uint32_t) + 2 * (largest + 1) * sizeof(std::size_t);
  }

 private:
  std::size_t components_, entries_ = 0;
  std::vector<std::size_t> sizes_;
  std::vector<std::vector<std::uint32_t>> numbers_;  // [components, parameters]: numbers that have an entry, ascending
};

/// How reverse sweeps serve the components of a state.
enum class Sweeps {
  one_by_one,  ///< each component has a sweep of its own
  shared       ///< one sweep serves components on which no number acts in common
};

/// The influence of parameters on a state, M = ∂state/∂θ [S, P], which real-time recurrent learning (Williams and
/// Zipser 1989) carries from step to step. It is kept in dense blocks [components, numbers], one for all numbers that
/// act on the same components; without a pattern, all of M is one block. Once made, it allocates nothing.
template <class Scalar>
class Influence {
 public:
  /// Has no components until one is assigned to it.
  Influence() = default;
  /// All S · P entries, zeros. Throws Error when the machine lacks the memory, and ArgumentError or ShapeError when
  /// they are more than can be counted.
  Influence(std::size_t components, std::span<const std::size_t> sizes);
  /// The entries of a pattern, zeros.
  Influence(const InfluencePattern& pattern, Sweeps sweeps);

  /// The bytes of `entries` entries and of a step's Jacobian. Entries are held twice, before and after the step, and
  /// the Jacobian up to twice, here and by its owner.
  static double bytes(double components, double entries) {
    return 2 * (entries + components * components) * sizeof(Scalar);
  }

  /// S, the numbers in the state.
  std::size_t components() const { return components_; }
  /// How many entries are kept.
  std::size_t entries() const { return now_.size(); }

  /// How many reverse sweeps of a step find the gradients of all components. Each sweep takes a set of components at
  /// once: no number acts on two of them, so that in the gradient of their sum each number has the gradient of its one
  /// component (Curtis, Powell and Reid 1974).
  std::size_t sweeps() const { return sweeps_.size(); }
  /// The components of a sweep. Throws ArgumentError for a sweep that does not exist, here and below.
  const std::vector<std::size_t>& sweep(std::size_t index) const {
    detail::expect_index("Influence", "sweep", index, sweeps_.size());
    return sweeps_[index].components;
  }
  /// The most components of a sweep.
  std::size_t widest_sweep() const;

  /// Sets all entries to 0.
  void clear();
  /// Takes ∂next state/∂θ of one step from a sweep: the gradients of the parameters, nullptr for zeros. Call it for
  /// each sweep before advance.
  void put_immediate(std::size_t sweep, std::span<const Scalar* const> gradients);
  /// Sets M to J · M + immediate, where J = ∂next state/∂state, [S, S]. It leaves out products with entries that are
  /// not kept.
  void advance(const Scalar* jacobian);
  /// Adds cotangentᵀ · M to the gradients of the parameters; the cotangent has S numbers.
  void add_gradient(const Scalar* cotangent, std::span<Scalar* const> gradients);

  /// The columns of M that belong to a parameter of `size` numbers, [S, size]; entries that are not kept are 0. Throws
  /// ArgumentError when the parameter does not exist or has another size.
  Tensor<Scalar> of(std::size_t parameter, std::size_t size) const;

 private:
  /// Consecutive numbers of a parameter.
  struct Segment {
    std::size_t parameter, first, count;
  };
  struct Block {
    std::vector<std::size_t> components;
    std::vector<Segment> segments;
    std::size_t width = 0, offset = 0;  // how many numbers; where the block begins in now_ and next_
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
  std::vector<Scalar> of_block_;  // scratch: a block's rows of the Jacobian, or of the cotangent and the gradient
};

}  // namespace unroll::inline v0
