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

/// Makes one NaN of all: fmt prints the sign of a NaN, which says nothing and depends on the machine.
template <std::floating_point Number>
Number without_sign_of_nan(Number number) {
  return number == number ? number : std::numeric_limits<Number>::quiet_NaN();
}

std::string text_of(float number);
std::string text_of(double number);
std::string text_of(long long number);
std::string text_of(unsigned long long number);

/// The number that the text under a name spells. Throws FileError when there is no such name, when the text as a whole
/// is not a number, and when the number is outside [low, high].
template <class Wide>
Wide number_within(const std::map<std::string, std::string>& metadata, std::string_view name, Wide low, Wide high);

}  // namespace detail

/// The types of numbers for metadata: neither bool nor characters.
template <class Type>
concept MetadataNumber =
    detail::OneOf<Type, float, double, int, long, long long, unsigned, unsigned long, unsigned long long>;

/// The shortest text that number_in reads as the same number again; "inf", "-inf" or "nan" for a number that is not
/// finite.
template <MetadataNumber Number>
std::string number_text(Number number) {
  if constexpr (std::floating_point<Number>)
    return detail::text_of(number);
  else if constexpr (std::signed_integral<Number>)
    return detail::text_of(static_cast<long long>(number));
  else
    return detail::text_of(static_cast<unsigned long long>(number));
}

/// The number under a name. Throws FileError when the metadata have no such name, with the names that they have, and
/// when the text is not a number of this type: it has a fraction or a sign that the type does not hold, or is too
/// large.
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
