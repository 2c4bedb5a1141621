#pragma once

#include <unroll/framework/tape/module.hpp>

#include <cstdint>
#include <vector>

namespace unroll::inline v0 {

/// The values that parameters had at one time, for tapes that are swept after an update (Tape::read_from). A second
/// take() reuses the memory.
template <class Scalar = float>
class ParameterCopies {
 public:
  /// Copies all values as they are now.
  void take(const Parameters<Scalar>& parameters);
  /// Whether these parameters still have the values that were copied, by their versions, so that no copy is needed.
  bool are_of(const Parameters<Scalar>& parameters) const;
  /// Bytes that the copies hold.
  std::size_t bytes() const;
  /// The copy of a parameter's value of this version; nullptr when there is none.
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
