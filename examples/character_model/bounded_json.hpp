#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace character_model {

/// What a description in a model file may be: a vocabulary of all code points takes 9 MB, and nothing in it lies deeper
/// than a list in an object in an object.
inline constexpr std::size_t most_json_bytes = std::size_t{16} << 20, deepest_json = 3;

/// The JSON of a file from a stranger, bounded before it is read and while it is. A document that is no JSON at all is
/// given as `discarded`. Throws unroll::FileError, beginning with `what`, for one that is too long or too deep, and for
/// a name that comes twice in one object: readers differ in which of the two counts.
nlohmann::json parse_bounded_json(std::string_view text, const std::string& what);

/// A value of such a document, short enough for a message and without control characters.
std::string shown(const nlohmann::json& value);

}  // namespace character_model
