#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>

namespace unroll::inline v0 {

/// The SHA-256 of bytes (FIPS 180-4), as 64 hexadecimal digits: what `sha256sum` prints. A training checkpoint says
/// with it what data it learned from.
std::string sha256_of(std::span<const std::byte> bytes);
/// The same of a file, read in pieces. Throws IoError when it cannot be read.
std::string sha256_of_file(const std::filesystem::path& path);

namespace detail {
/// The same of `size` bytes that `read(offset, bytes)` gives in pieces.
std::string sha256_of_pieces(std::uint64_t size, const std::function<void(std::uint64_t, std::span<std::byte>)>& read);
}  // namespace detail

}  // namespace unroll::inline v0
