#pragma once

#include <unroll/framework/tensor.hpp>

#include <cstddef>
#include <functional>
#include <vector>

namespace unroll::inline v0 {

/// Products with the Jacobians of single steps, J_t = ∂s_t/∂s_{t-1}, along one or more sequences, where s_t is the
/// whole state after step t, seen as a vector. Rows are [R, width]; each sequence has R / sequences of them, one after
/// another.
template <class Scalar>
struct StepProducts {
  std::size_t steps, sequences, width;
  /// Each row u becomes J_tᵀ u: a cotangent goes back over a step.
  std::function<void(std::size_t step, Tensor<Scalar>& rows)> pull_back;
  /// Each row v becomes J_t v: a tangent goes forward over a step. Its direction alone counts, and need not be exact.
  std::function<void(std::size_t step, Tensor<Scalar>& rows)> push_forward;
};

struct JacobianOptions {
  /// How many steps i to look back from, spread evenly over the sequence, and over how many distances i - k
  /// beside 1.
  std::size_t ends = 8, distances = 48;
  /// Jacobians of states up to this width are made as they are; the norms of larger ones are found by power iteration,
  /// to about a thousandth.
  std::size_t exact_width = 64;
};

/// ‖∂s_i/∂s_k‖₂ of one pair of steps.
struct JacobianNorm {
  std::size_t end;       // i
  std::size_t distance;  // i - k, from 1 on
  double norm;           // the geometric mean over the sequences where it is not 0; 0 if it is in most
  double largest;        // of the sequences
};

/// The norms for several ends, and for several distances from each. Products are rescaled on the way, so that the only
/// norms to be 0 or infinite are those that a double cannot hold. None without two steps, a sequence and a width.
/// Throws ShapeError when the rows have more numbers than can be counted, and Error when the machine has not the
/// memory.
template <class Scalar>
std::vector<JacobianNorm> jacobian_norms(const StepProducts<Scalar>& products, const JacobianOptions& options = {});

/// At most `count` numbers from 1 to `last`, spread evenly, `last` among them; all of them if they are no more. Throws
/// Error when memory does not hold so many.
std::vector<std::size_t> evenly_spaced(std::size_t last, std::size_t count);

}  // namespace unroll::inline v0
