#pragma once

#include <cstddef>
#include <string_view>

namespace unroll::inline v0::detail {

/// How many bytes of a file tell its format.
constexpr std::size_t foreign_format_bytes = 160;

/// What a file is by its first bytes (all of them, or foreign_format_bytes), when it is of another format than
/// safetensors in which models come or are sent around, and what to do: "a GGUF file; convert it to safetensors first".
/// Empty when it is none of those, and for whatever begins as a safetensors file does.
std::string_view foreign_format(std::string_view beginning);

}  // namespace unroll::inline v0::detail
