#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/files/metadata.hpp>

#include <fmt/format.h>

#include <charconv>
#include <type_traits>
#include <vector>

namespace unroll::inline v0::detail {

namespace {

const std::string& text_under(const std::map<std::string, std::string>& metadata, std::string_view name) {
  const auto found = metadata.find(std::string(name));
  if (found != metadata.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [known, text] : metadata) names.push_back(quoted(known));
  throw FileError(
      fmt::format("number_in: there is no {} in the metadata; they have {} (is it the file of another "
                  "program?)",
                  quoted(name), names.empty() ? "none" : listed(names)));
}

}  // namespace

// fmt's own: the shortest digits that are read as the same number again.
std::string text_of(float number) { return fmt::format("{}", without_sign_of_nan(number)); }
std::string text_of(double number) { return fmt::format("{}", without_sign_of_nan(number)); }
std::string text_of(long long number) { return fmt::format("{}", number); }
std::string text_of(unsigned long long number) { return fmt::format("{}", number); }

template <class Wide>
Wide number_within(const std::map<std::string, std::string>& metadata, std::string_view name, Wide low, Wide high) {
  const std::string& text = text_under(metadata, name);
  Wide number{};
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  const bool is_outside = error == std::errc::result_out_of_range || number < low || number > high;
  if (end == last && error == std::errc() && !is_outside) return number;
  std::string expected = "a number";
  if constexpr (std::is_integral_v<Wide>) expected = fmt::format("a whole number from {} to {}", low, high);
  throw FileError(fmt::format(
      "number_in: the metadata {} are {}, expected {}{}", quoted(name), quoted(text), expected,
      is_outside ? " that the type holds (was it written as a wider one?)" : " (was it written by number_text?)"));
}

template float number_within(const std::map<std::string, std::string>&, std::string_view, float, float);
template double number_within(const std::map<std::string, std::string>&, std::string_view, double, double);
template long long number_within(const std::map<std::string, std::string>&, std::string_view, long long, long long);
template unsigned long long number_within(const std::map<std::string, std::string>&, std::string_view,
                                          unsigned long long, unsigned long long);

}  // namespace unroll::inline v0::detail
