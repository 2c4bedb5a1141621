#pragma once

#include <unroll/framework/tape/parameter.hpp>

#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/// A module is a plain struct of Parameters and modules that says once, by name, what it holds:
///
///     template <class Scalar = float>
///     struct Linear {
///       Parameter<Scalar> weight, bias;
///       static void members(auto& self, auto&& visit) { visit("weight", self.weight); visit("bias", self.bias); }
///     };
///
/// `self` is const when the module is, so that one function serves both. Copying a module copies its weights.
namespace unroll::inline v0 {

namespace detail {
/// Throws ArgumentError: a module has two parameters of one name.
[[noreturn]] void refuse_name(const std::string& name);
/// Throws ArgumentError: there are only `count` parameters.
[[noreturn]] void refuse_index(std::size_t index, std::size_t count);

struct AcceptsAnyMember {
  void operator()(const std::string&, auto&) const {}
};
template <class Type>
struct IsParameter : std::false_type {};
template <class Scalar>
struct IsParameter<Parameter<Scalar>> : std::true_type {};
}  // namespace detail

/// A type with `members(self, visit)`.
template <class Type>
concept Module = requires(Type& module) {
  std::remove_const_t<Type>::members(module, detail::AcceptsAnyMember{});
};

/// Calls `visit(path, parameter)` for every Parameter under `member`, depth first, in the order of `members`. `path`
/// begins as the caller gives it; a visit sees "encoder.lstm.hidden_weight". A container's elements are "0", "1", ...
template <class Member>
void for_each_parameter(Member& member, std::string& path, auto&& visit) {
  const auto descend = [&](const std::string& name, auto& child) {
    const std::size_t length = path.size();
    if (length > 0) path += '.';
    path += name;
    for_each_parameter(child, path, visit);
    path.resize(length);
  };
  if constexpr (detail::IsParameter<std::remove_const_t<Member>>::value) {
    visit(static_cast<const std::string&>(path), member);
  } else if constexpr (Module<Member>) {
    std::remove_const_t<Member>::members(member, descend);
  } else {
    std::size_t index = 0;
    for (auto& element : member) descend(std::to_string(index++), element);
  }
}

/// The same without names, `visit(parameter)`. It allocates nothing, so that a training step may call it.
template <class Member>
void for_each_unnamed_parameter(Member& member, auto&& visit) {
  const auto descend = [&](const auto&, auto& child) { for_each_unnamed_parameter(child, visit); };
  if constexpr (detail::IsParameter<std::remove_const_t<Member>>::value) {
    visit(member);
  } else if constexpr (Module<Member>) {
    std::remove_const_t<Member>::members(member, descend);
  } else {
    for (auto& element : member) for_each_unnamed_parameter(element, visit);
  }
}

/// The same with paths from `member` on.
template <class Member>
void for_each_parameter(Member& member, auto&& visit) {
  std::string path;
  for_each_parameter(member, path, visit);
}

/// One parameter of a module, and its path in it.
template <class Scalar>
struct NamedParameter {
  std::string name;              ///< "encoder.lstm.hidden_weight"
  Parameter<Scalar>* parameter;  ///< In the module; never nullptr.
};

/// The parameters of one or more modules, found once and then passed to backward, clipping and optimizers. It points
/// into the modules, which must outlive it and stay where they are. A tied parameter is listed once, under the first of
/// its names.
template <class Scalar = float>
class Parameters {
 public:
  /// An empty list.
  Parameters() = default;
  /// The parameters of a module; throws as add does.
  template <Module M>
  requires(!std::is_const_v<M>) explicit Parameters(M& module) { add(module); }

  /// Adds the parameters of another module, which may have the same names. Throws ArgumentError when two parameters of
  /// the module have one name: files and maps by name could not tell them apart.
  template <Module M>
  void add(M& module) {
    const std::size_t before = list_.size();  // another module may have the same names
    for_each_parameter(module, [&](const std::string& name, Parameter<Scalar>& parameter) {
      for (const auto& known : list_)
        if (known.parameter == &parameter) return;
      for (std::size_t i = before; i < list_.size(); ++i)
        if (list_[i].name == name) detail::refuse_name(name);
      list_.push_back({name, &parameter});
    });
  }

  auto begin() const { return list_.begin(); }       ///< `for (const auto& [name, parameter] : parameters)`
  auto end() const { return list_.end(); }           ///< The end of that loop.
  std::size_t size() const { return list_.size(); }  ///< The number of parameters.
  /// The parameter at an index from 0; throws ArgumentError when there are not so many.
  const NamedParameter<Scalar>& operator[](std::size_t index) const {
    if (index >= list_.size()) detail::refuse_index(index, list_.size());
    return list_[index];
  }

  /// How many numbers all parameters have together.
  std::size_t count() const {
    std::size_t sum = 0;
    for (const auto& [name, parameter] : list_) sum += parameter->value().size();
    return sum;
  }
  /// Sets all gradients to zeros. An optimizer's update does so by itself.
  void zero_gradients() const {
    for (const auto& [name, parameter] : list_) parameter->zero_gradient();
  }

 private:
  std::vector<NamedParameter<Scalar>> list_;
};

/// The parameters of a module: `auto parameters = parameters_of<float>(model);`. Throws as Parameters::add does.
template <class Scalar = float, Module M>
Parameters<Scalar> parameters_of(M& module) {
  return Parameters<Scalar>(module);
}

}  // namespace unroll::inline v0
