#include "character_model/bounded_json.hpp"

#include <unroll/framework/error.hpp>
#include <unroll/framework/quoted.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <set>
#include <vector>

namespace character_model {

namespace {

/// Follows the parser, which calls it at every object, list and name.
class Limits {
 public:
  explicit Limits(const std::string& what) : what_(what) {}

  void follow(nlohmann::json::parse_event_t event, const nlohmann::json& value) {
    using Event = nlohmann::json::parse_event_t;
    if (event == Event::object_start || event == Event::array_start) {
      if (names_.size() == deepest_json)
        throw unroll::FileError(
            fmt::format("{}: objects and lists lie more than {} deep in each other", what_, deepest_json));
      names_.emplace_back();
    } else if (event == Event::object_end || event == Event::array_end) {
      names_.pop_back();
    } else if (event == Event::key && !names_.back().insert(value.get<std::string>()).second) {
      throw unroll::FileError(fmt::format("{}: {} is there twice", what_, unroll::quoted(value.get<std::string>())));
    }
  }

 private:
  const std::string& what_;
  std::vector<std::set<std::string>> names_;  // of the objects that are open, from the outermost; none of lists
};

}  // namespace

nlohmann::json parse_bounded_json(std::string_view text, const std::string& what) {
  if (text.size() > most_json_bytes)
    throw unroll::FileError(
        fmt::format("{}: it has {} bytes, expected at most {}", what, text.size(), most_json_bytes));
  Limits limits(what);
  const auto follow = [&](int, nlohmann::json::parse_event_t event, const nlohmann::json& value) {
    limits.follow(event, value);
    return true;
  };
  return nlohmann::json::parse(text, follow, /*allow_exceptions=*/false);
}

std::string shown(const nlohmann::json& value) {
  if (value.is_string()) return unroll::quoted(value.get<std::string>());
  constexpr std::size_t longest = 60;
  const std::string text = value.dump(-1, ' ', /*ensure_ascii=*/true);
  return text.size() <= longest ? text
                                : fmt::format("{}... ({} bytes more)", text.substr(0, longest), text.size() - longest);
}

}  // namespace character_model
