#pragma once

#include <cstddef>
#include <string_view>

namespace unroll::inline v0::detail {

/// How many of its first bytes foreign_format needs of a file.
constexpr std::size_t foreign_format_bytes = 160;

/// The format of a file that is not safetensors, and what the user can do: "a GGUF file; convert it to safetensors
/// first". It knows the formats in which models are distributed, by the first bytes of the file (foreign_format_bytes,
/// or all). Empty for other files, and for any file that begins as a safetensors file does.
std::string_view foreign_format(std::string_view beginning);

}  // namespace unroll::inline v0::detail
