#pragma once

#include <unroll/framework/presence.hpp>
#include <unroll/framework/tensor.hpp>
#include <unroll/framework/unique.hpp>

#include <cstdint>
#include <memory>
#include <utility>

namespace unroll::inline v0 {

template <class Scalar>
class Parameter;

/// Leave to write a parameter's value: `parameter.mutable_value()[3] = 1;`. The version changes at every access and
/// when it ends, so that nothing that was derived from the value meanwhile is taken for what it is afterwards. What it
/// gives access to must not be kept for longer.
template <class Scalar>
class MutableValue {
 public:
  explicit MutableValue(Parameter<Scalar>& parameter) : parameter_(parameter) { parameter_.mark_changed(); }
  ~MutableValue() { parameter_.mark_changed(); }
  MutableValue(const MutableValue&) = delete;
  MutableValue& operator=(const MutableValue&) = delete;

  Tensor<Scalar>& operator*() const { return access(); }
  Tensor<Scalar>* operator->() const { return &access(); }
  Scalar& operator[](std::size_t i) const { return access()[i]; }
  auto begin() const { return access().begin(); }
  auto end() const { return access().end(); }

 private:
  Tensor<Scalar>& access() const {
    parameter_.mark_changed();
    return parameter_.value_;
  }

  Parameter<Scalar>& parameter_;
};

/// A value that is learnt, with room for its gradient. Owned by a module, usable wherever a Variable is.
/// It has no name of its own: its name is its path from the module that is asked (see module.hpp).
template <class Scalar = float>
class Parameter {
 public:
  Parameter() = default;
  Parameter(const Parameter& other)
      : frozen(other.frozen),
        value_(other.value_),
        gradient_(other.gradient_),
        version_(other.version_),
        gradient_is_empty_(other.gradient_is_empty_) {}
  /// Tapes that have used the other refuse to be swept. (noexcept, so that lists of modules move theirs.)
  Parameter(Parameter&& other) noexcept
      : frozen(other.frozen),
        value_(std::move(other.value_)),
        gradient_(std::move(other.gradient_)),
        version_(other.version_),
        gradient_is_empty_(other.gradient_is_empty_) {
    other.presence_.renew();
  }
  Parameter& operator=(const Parameter&) = default;
  Parameter& operator=(Parameter&&) = default;
  explicit Parameter(Tensor<Scalar> value) : value_(std::move(value)), version_(unique_number()) {}
  /// The same value as another type, without the gradient: Parameter<DualNumber>(parameter), with tangents of 0.
  template <class Other>
  explicit Parameter(const Parameter<Other>& other) : Parameter(cast<Scalar>(other.value())) {
    frozen = other.frozen;
  }

  const Shape& shape() const { return value_.shape(); }
  const Tensor<Scalar>& value() const { return value_; }
  /// The value, to be changed.
  MutableValue<Scalar> mutable_value() { return MutableValue<Scalar>(*this); }
  /// A number that no other value of any parameter has; a copy has the same value, and the same version.
  std::uint64_t version() const { return version_; }

  /// The sum of the gradients of every backward pass since the last zero_gradient(); empty before the first one.
  const Tensor<Scalar>& gradient() const { return gradient_; }
  /// The gradient, to be written: the next backward adds to what is there. The reference must not be written through
  /// after zero_gradient or an update, which take the gradient to be zeros then.
  Tensor<Scalar>& mutable_gradient() {
    mark_gradient_written();
    return gradient_;
  }
  bool has_gradient() const { return gradient_.shape() == value_.shape(); }
  /// Adds to the gradient; makes room for it the first time. Throws ShapeError for another shape.
  void add_gradient(TensorView<const Scalar> gradient) {
    expect_same_shape("add_gradient", shape(), gradient.shape());
    Scalar* const sum = gradient_memory();
    for (std::size_t i = 0; i < gradient.size(); ++i) sum[i] += gradient[i];
    mark_gradient_written();
  }
  void zero_gradient() {
    std::fill(gradient_.begin(), gradient_.end(), Scalar{0});
    gradient_is_empty_ = true;
  }

  // What follows is for those who write optimisers, and for the tape.

  /// The value's numbers for those who call mark_changed after they have written to them.
  Scalar* value_memory() { return value_.data(); }
  void mark_changed() { version_ = unique_number(); }
  /// Whether nothing has been added since the gradient was zeroed, so that it may be overwritten.
  bool gradient_is_empty() const { return gradient_is_empty_; }
  /// Says that gradient() holds zeros again, or that something has been written there.
  void mark_gradient_empty() { gradient_is_empty_ = true; }
  void mark_gradient_written() { gradient_is_empty_ = false; }
  void drop_gradient() {
    gradient_ = Tensor<Scalar>();
    gradient_is_empty_ = true;
  }
  /// The gradient's numbers, made at the first call; does not change whether it is empty.
  Scalar* gradient_memory() {
    if (!has_gradient()) gradient_ = Tensor<Scalar>(shape());
    return gradient_.data();
  }

  /// Who this is, for a tape to note: it must not look at a parameter that is gone.
  const std::shared_ptr<typename detail::Presence<Parameter>::Note>& presence() const { return presence_.note(); }

  /// A frozen parameter gets no gradient, and optimisers leave it as it is.
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
