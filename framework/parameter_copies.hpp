#pragma once

#include <unroll/framework/module.hpp>

#include <cstdint>
#include <vector>

namespace unroll::inline v0 {

/// The values that parameters have at a moment, for tapes that are swept after an update (Tape::read_from). Taken again
/// it keeps its memory.
template <class Scalar = float>
class ParameterCopies {
 public:
  /// Copies all values as they are now.
  void take(const Parameters<Scalar>& parameters);
  /// Whether these have the very values that they had then, so that they need not be copied again.
  bool are_of(const Parameters<Scalar>& parameters) const;
  /// Bytes that the copies hold.
  std::size_t bytes() const;
  /// A parameter's value at that moment; nullptr when it was not among them, or its version was another.
  const Scalar* find(const Parameter<Scalar>& parameter, std::uint64_t version) const;

 private:
  struct Copy {
    const Parameter<Scalar>* parameter;
    std::uint64_t version;
    Tensor<Scalar> value;
  };
  std::vector<Copy> copies_;
};

extern template class ParameterCopies<float>;
extern template class ParameterCopies<double>;
extern template class ParameterCopies<DualNumber>;

}  // namespace unroll::inline v0
