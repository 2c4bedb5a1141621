#pragma once

#include <unroll/framework/tensor/tensor.hpp>

#include <cstddef>
#include <functional>
#include <vector>

namespace unroll::inline v0 {

/// Products with the Jacobians of single steps, J_t = ∂s_t/∂s_{t-1}, along one or more sequences, where s_t is the
/// whole state after step t as one vector. Rows are [R, width]; each sequence has R / sequences of them, one after
/// another.
template <class Scalar>
struct StepProducts {
  std::size_t steps /**< T */, sequences /**< how many */, width /**< numbers in the state of one sequence */;
  /// Each row u becomes J_tᵀ u: a cotangent goes back over a step.
  std::function<void(std::size_t step, Tensor<Scalar>& rows)> pull_back;
  /// Each row v becomes J_t v: a tangent goes forward over a step. Its direction alone counts, and need not be exact.
  std::function<void(std::size_t step, Tensor<Scalar>& rows)> push_forward;
};

/// For which pairs of steps to find norms, and how.
struct JacobianOptions {
  /// How many steps i to look back from, spread evenly over the sequence.
  std::size_t ends = 8, distances = 48;  ///< over how many distances i - k besides 1, spread evenly too
  /// The widest state whose Jacobians are computed in full. Power iteration finds the norms for wider ones, to about a
  /// thousandth: a full Jacobian takes width² numbers for each sequence.
  std::size_t exact_width = 64;
};

/// ‖∂s_i/∂s_k‖₂ of one pair of steps.
struct JacobianNorm {
  std::size_t end;       ///< i
  std::size_t distance;  ///< i - k, from 1 on
  double norm;           ///< the geometric mean over the sequences where it is not 0; 0 if it is in most
  double largest;        ///< the largest norm of a sequence
};

/// The norms for several ends, and for several distances from each. Products are rescaled on the way, so that a norm is
/// 0 or infinite only when a double cannot hold it. The result is empty for fewer than two steps, no sequence or no
/// width. Throws ShapeError when the rows have more numbers than can be counted, and Error when the machine lacks the
/// memory.
template <class Scalar>
std::vector<JacobianNorm> jacobian_norms(const StepProducts<Scalar>& products, const JacobianOptions& options = {});

/// At most `count` numbers from 1 to `last`, spread evenly, with `last` among them; all of them if `count` >= `last`.
/// Throws Error when memory does not hold so many.
std::vector<std::size_t> evenly_spaced(std::size_t last, std::size_t count);

}  // namespace unroll::inline v0
