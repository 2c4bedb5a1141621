#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/files/bounded_json.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <set>
#include <vector>

namespace unroll::inline v0 {

namespace {

/// Receives the text token by token (nlohmann's SAX interface) and keeps only the names of the open objects. The parser
/// that builds a document has a callback too, but searches a whole list at each end of an object in it.
class LimitChecker {
 public:
  LimitChecker(const JsonLimits& limits, const std::string& what) : limits_(limits), what_(what) {}

  bool start_object(std::size_t) { return open(); }
  bool start_array(std::size_t) { return open(); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(std::string& name) {
    if (!names_.back().insert(name).second) throw FileError(fmt::format("{}: {} is there twice", what_, quoted(name)));
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
    if (names_.size() == limits_.depth)
      throw FileError(fmt::format("{}: objects and lists lie more than {} deep in each other", what_, limits_.depth));
    names_.emplace_back();
    return true;
  }
  bool close() {
    names_.pop_back();
    return true;
  }

  const JsonLimits& limits_;
  const std::string& what_;
  std::vector<std::set<std::string>> names_;  // of the open objects, from the outermost; empty for lists
};

}  // namespace

bool is_bounded_json(std::string_view text, const JsonLimits& limits, const std::string& what) {
  if (text.size() > limits.bytes)
    throw FileError(fmt::format("{}: it has {} bytes, expected at most {}", what, text.size(), limits.bytes));
  LimitChecker checker(limits, what);
  return nlohmann::json::sax_parse(text, &checker);
}

}  // namespace unroll::inline v0
