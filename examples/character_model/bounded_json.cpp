#include "character_model/bounded_json.hpp"

#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <set>
#include <vector>

namespace character_model {

namespace {

/// Receives the text token by token (nlohmann's SAX interface) and keeps only the names of the open objects. The parser
/// that builds a document has a callback too, but searches a whole list at each end of an object in it.
class Limits {
 public:
  explicit Limits(const std::string& what) : what_(what) {}

  bool start_object(std::size_t) { return open(); }
  bool start_array(std::size_t) { return open(); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(std::string& name) {
    if (!names_.back().insert(name).second)
      throw unroll::FileError(fmt::format("{}: {} is there twice", what_, unroll::quoted(name)));
    return true;
  }
  bool null() { return true; }
  bool boolean(bool) { return true; }
  bool number_integer(std::int64_t) { return true; }
  bool number_unsigned(std::uint64_t) { return true; }
  bool number_float(double, const std::string&) { return true; }
  bool string(std::string&) { return true; }
  bool binary(nlohmann::json::binary_t&) { return true; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) { return false; }

 private:
  bool open() {
    if (names_.size() == deepest_json)
      throw unroll::FileError(
          fmt::format("{}: objects and lists lie more than {} deep in each other", what_, deepest_json));
    names_.emplace_back();
    return true;
  }
  bool close() {
    names_.pop_back();
    return true;
  }

  const std::string& what_;
  std::vector<std::set<std::string>> names_;  // of the open objects, from the outermost; empty for lists
};

}  // namespace

nlohmann::json parse_bounded_json(std::string_view text, const std::string& what) {
  if (text.size() > most_json_bytes)
    throw unroll::FileError(
        fmt::format("{}: it has {} bytes, expected at most {}", what, text.size(), most_json_bytes));
  Limits limits(what);
  if (!nlohmann::json::sax_parse(text, &limits)) return nlohmann::json(nlohmann::json::value_t::discarded);
  return nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
}

std::string shown(const nlohmann::json& value) {
  return value.is_string() ? unroll::quoted(value.get<std::string>()) : unroll::printable(value.dump());
}

}  // namespace character_model
