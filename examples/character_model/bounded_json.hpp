#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace character_model {

/// The limits of a description in a model file: a vocabulary of all code points takes 9 MB, and the deepest value is a
/// list in an object in an object.
inline constexpr std::size_t most_json_bytes = std::size_t{16} << 20, deepest_json = 3;

/// Parses the JSON of an untrusted file, with limits that hold before and during parsing. Returns a `discarded` value
/// for text that is no JSON. Throws unroll::FileError, beginning with `what`, for text that is too long or too deep,
/// and for a name that comes twice in one object: readers differ in which of the two they take.
nlohmann::json parse_bounded_json(std::string_view text, const std::string& what);

/// A JSON value as text for a message: short, and without control characters.
std::string shown(const nlohmann::json& value);

}  // namespace character_model
