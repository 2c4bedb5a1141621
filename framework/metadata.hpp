#pragma once

#include <concepts>
#include <limits>
#include <map>
#include <string>
#include <string_view>

/// Numbers in the metadata of a file, which are text, with all their digits:
///
///     save_module("model.safetensors", model, {{"mean", number_text(mean)}, {"updates", number_text(updates)}});
///     const auto metadata = load_module("model.safetensors", model);
///     const double mean = number_in<double>(metadata, "mean");
namespace unroll::inline v0 {

namespace detail {

template <class Type, class... Types>
concept OneOf = (std::same_as<Type, Types> || ...);

std::string text_of(float number);
std::string text_of(double number);
std::string text_of(long long number);
std::string text_of(unsigned long long number);

/// The number that the whole of a text is; FileError when there is no such text, it is no number, or one that is out
/// of [low, high].
template <class Wide>
Wide number_within(const std::map<std::string, std::string>& metadata, std::string_view name, Wide low, Wide high);

}  // namespace detail

/// A number that metadata may hold: neither bool nor a character.
template <class Type>
concept MetadataNumber =
    detail::OneOf<Type, float, double, int, long, long long, unsigned, unsigned long, unsigned long long>;

/// The shortest text that number_in reads as the same number again; "inf" and "nan" where it is not finite.
template <MetadataNumber Number>
std::string number_text(Number number) {
  if constexpr (std::floating_point<Number>)
    return detail::text_of(number);
  else if constexpr (std::signed_integral<Number>)
    return detail::text_of(static_cast<long long>(number));
  else
    return detail::text_of(static_cast<unsigned long long>(number));
}

/// The number under a name. Throws FileError when there is none of this name, naming those that there are, and when the
/// text is not a number that the type holds: a fraction or a sign where there is to be none, or too large a number.
template <MetadataNumber Number>
Number number_in(const std::map<std::string, std::string>& metadata, std::string_view name) {
  using Limits = std::numeric_limits<Number>;
  if constexpr (std::floating_point<Number>)
    return detail::number_within<Number>(metadata, name, -Limits::infinity(), Limits::infinity());
  else if constexpr (std::signed_integral<Number>)
    return static_cast<Number>(detail::number_within<long long>(metadata, name, Limits::min(), Limits::max()));
  else
    return static_cast<Number>(detail::number_within<unsigned long long>(metadata, name, 0, Limits::max()));
}

}  // namespace unroll::inline v0
