#pragma once

#include <unroll/framework/tape/internal/presence.hpp>
#include <unroll/framework/tape/internal/version_number.hpp>
#include <unroll/framework/tensor/tensor.hpp>

#include <cstdint>
#include <memory>
#include <utility>

namespace unroll::inline v0 {

template <class Scalar>
class Parameter;

/// Access for writing a parameter's value: `parameter.mutable_value()[3] = 1;`. It gives the value a new version at
/// every access and at its own end, so that what a tape derives from the value in between is out of date afterwards.
/// References that it gives must not be used after its end.
template <class Scalar>
class MutableValue {
 public:
  /// Use Parameter::mutable_value instead.
  explicit MutableValue(Parameter<Scalar>& parameter) : parameter_(parameter) { parameter_.mark_changed(); }
  ~MutableValue() { parameter_.mark_changed(); }
  MutableValue(const MutableValue&) = delete;
  MutableValue& operator=(const MutableValue&) = delete;

  Tensor<Scalar>& operator*() const { return access(); }           ///< The value; keep its shape.
  Tensor<Scalar>* operator->() const { return &access(); }         ///< `mutable_value()->assign(tensor)`
  Scalar& operator[](std::size_t i) const { return access()[i]; }  ///< The number at a flat position; unchecked.
  auto begin() const { return access().begin(); }                  ///< To write all numbers in a loop.
  auto end() const { return access().end(); }                      ///< The end of that loop.

 private:
  Tensor<Scalar>& access() const {
    parameter_.mark_changed();
    return parameter_.value_;
  }

  Parameter<Scalar>& parameter_;
};

/// A value that is learned, with room for its gradient. A module owns it, and ops take it wherever they take a
/// Variable. It has no name of its own: its name is its path from the module that is asked (module.hpp).
///
/// A tape reads a Parameter in place, and ops keep what they derive from it, such as a packed weight. Two things tell a
/// tape that this no longer holds. The version changes with every write to the value; without it, a sweep after an
/// update would mix two values, and inference would go on with an old packed weight. The presence note says whether the
/// Parameter is still at its address (presence.hpp): a version that must be read from freed memory tells nothing.
template <class Scalar = float>
class Parameter {
 public:
  /// An empty one, of shape [0].
  Parameter() = default;
  /// A deep copy, with value, gradient and version. Tapes that have used the other know nothing of this one.
  Parameter(const Parameter& other)
      : frozen(other.frozen),
        value_(other.value_),
        gradient_(other.gradient_),
        version_(other.version_),
        gradient_is_empty_(other.gradient_is_empty_) {}
  /// Moves the value out of the other; tapes that have used the other refuse to be swept. (noexcept, so that lists of
  /// modules move theirs when they grow.)
  Parameter(Parameter&& other) noexcept
      : frozen(other.frozen),
        value_(std::move(other.value_)),
        gradient_(std::move(other.gradient_)),
        version_(other.version_),
        gradient_is_empty_(other.gradient_is_empty_) {
    other.presence_.renew();
  }
  Parameter& operator=(const Parameter&) = default;  ///< Takes over value, gradient and version.
  Parameter& operator=(Parameter&&) = default;       ///< The same, without a copy.
  /// A parameter with this first value, without a gradient.
  explicit Parameter(Tensor<Scalar> value) : value_(std::move(value)), version_(version_number()) {}
  /// The same value as another type, without the gradient: Parameter<DualNumber>(parameter), with tangents of 0.
  template <class Other>
  explicit Parameter(const Parameter<Other>& other) : Parameter(cast<Scalar>(other.value())) {
    frozen = other.frozen;
  }

  const Shape& shape() const { return value_.shape(); }   ///< The shape of the value and of its gradient.
  const Tensor<Scalar>& value() const { return value_; }  ///< The value, to be read.
  /// The value, to be written. Tapes that have used the parameter must be cleared afterwards.
  MutableValue<Scalar> mutable_value() { return MutableValue<Scalar>(*this); }
  /// A number that no other value of any parameter has; a copy has the same value, and the same version.
  std::uint64_t version() const { return version_; }

  /// The sum of the gradients of all backward passes since the last zero_gradient() or update; of shape [0] before the
  /// first.
  const Tensor<Scalar>& gradient() const { return gradient_; }
  /// The gradient, to be written: the next backward adds to the numbers that the caller writes. Do not write through a
  /// reference that is older than a zero_gradient or an update, which take the gradient to be zeros.
  Tensor<Scalar>& mutable_gradient() {
    mark_gradient_written();
    return gradient_;
  }
  bool has_gradient() const { return gradient_.shape() == value_.shape(); }  ///< Whether there is memory for it.
  /// Adds to the gradient; makes room for it the first time. Throws ShapeError for another shape.
  void add_gradient(TensorView<const Scalar> gradient) {
    expect_same_shape("add_gradient", shape(), gradient.shape());
    Scalar* const sum = gradient_memory();
    for (std::size_t i = 0; i < gradient.size(); ++i) sum[i] += gradient[i];
    mark_gradient_written();
  }
  /// Sets the gradient to zeros, and marks it as empty.
  void zero_gradient() {
    std::fill(gradient_.begin(), gradient_.end(), Scalar{0});
    gradient_is_empty_ = true;
  }

  // For authors of optimizers, and for the tape.

  /// The value's numbers. A caller that writes to them must call mark_changed afterwards.
  Scalar* value_memory() { return value_.data(); }
  void mark_changed() { version_ = version_number(); }  ///< Gives the value a new version.
  /// Whether nothing has been added since the gradient was zeroed, so that a sweep may overwrite it.
  bool gradient_is_empty() const { return gradient_is_empty_; }
  void mark_gradient_empty() { gradient_is_empty_ = true; }     ///< The caller says that gradient() holds zeros again,
  void mark_gradient_written() { gradient_is_empty_ = false; }  ///< or that it has written to it.
  /// Frees the gradient's memory.
  void drop_gradient() {
    gradient_ = Tensor<Scalar>();
    gradient_is_empty_ = true;
  }
  /// The gradient's numbers, made as zeros at the first call. Does not change whether the gradient is empty.
  Scalar* gradient_memory() {
    if (!has_gradient()) gradient_ = Tensor<Scalar>(shape());
    return gradient_.data();
  }

  /// The note that a tape keeps of this parameter, since it must not read a parameter that is gone.
  const std::shared_ptr<typename detail::Presence<Parameter>::Note>& presence() const { return presence_.note(); }

  /// A frozen parameter gets no gradient, and optimizers leave it as it is. A tape looks at this when it first uses the
  /// parameter.
  bool frozen = false;

 private:
  friend class MutableValue<Scalar>;

  Tensor<Scalar> value_;
  Tensor<Scalar> gradient_;
  std::uint64_t version_ = 0;
  bool gradient_is_empty_ = true;
  detail::Presence<Parameter> presence_{this};
};

}  // namespace unroll::inline v0
