#pragma once

#include <unroll/framework/tape/module.hpp>
#include <unroll/models/layers/dropout.hpp>

#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace unroll::inline v0 {

/// Modules and functions, one after another. Members are named by position, as PyTorch's are: "0.weight".
///
///     Sequential network(Linear({.inputs = 4, .outputs = 8}, random.split(0)), [](auto x) { return relu(x); },
///                        Linear({.inputs = 8, .outputs = 2}, random.split(1)));
template <class... Parts>
struct Sequential {
  std::tuple<Parts...> parts;  ///< in the order in which they are called

  /// Takes over modules and functions.
  explicit Sequential(Parts... modules) : parts(std::move(modules)...) {}
  /// The same with parts of other types: for derivatives, of DualNumber.
  template <class... Others>
  requires(
      sizeof...(Others) == sizeof...(Parts)
      && (std::is_constructible_v<Parts, const Others&> && ...)) explicit Sequential(const Sequential<Others...>& other)
      : parts(other.parts) {}

  /// Calls one part after another. A part that takes noise (Dropout) gets a Random of its own, split by position.
  auto operator()(auto x, const Noise& noise = {}) const { return apply_from<0>(x, noise); }

  /// Calls visit(name, member) for every member (module.hpp).
  static void members(auto& self, auto&& visit) { visit_from<0>(self, visit); }

 private:
  template <std::size_t position>
  auto apply_from(auto x, const Noise& noise) const {
    if constexpr (position == sizeof...(Parts)) {
      return x;
    } else {
      const auto& part = std::get<position>(parts);
      if constexpr (requires { part(x, noise); })
        return apply_from<position + 1>(part(x, split(noise, position)), noise);
      else
        return apply_from<position + 1>(part(x), noise);
    }
  }

  template <std::size_t position>
  static void visit_from(auto& self, auto&& visit) {
    if constexpr (position < sizeof...(Parts)) {
      auto& part = std::get<position>(self.parts);
      if constexpr (Module<std::remove_reference_t<decltype(part)>>) visit(std::to_string(position), part);
      visit_from<position + 1>(self, visit);
    }
  }
};

}  // namespace unroll::inline v0
