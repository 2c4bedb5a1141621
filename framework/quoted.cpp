#include <unroll/framework/quoted.hpp>

#include <fmt/format.h>

namespace unroll::inline v0 {

namespace {
// Longer than any sensible parameter name, short enough for a line of a log.
constexpr std::size_t longest = 200;

// The longest prefix of at most `longest` bytes that does not cut a UTF-8 sequence: 10xxxxxx continues one.
std::size_t cut_position(std::string_view text) {
  const auto continues = [&](std::size_t at) { return (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80U; };
  std::size_t at = longest;
  while (at > longest - 3 && continues(at)) --at;
  return at;
}
}  // namespace

std::string quoted(std::string_view text) {
  if (text.size() <= longest) return fmt::format("{:?}", text);
  const std::size_t cut = cut_position(text);
  return fmt::format("{:?}... ({} bytes more)", text.substr(0, cut), text.size() - cut);
}

// The end of a path names the file, so a path is never cut; the system limits its length.
std::string quoted(const std::filesystem::path& path) { return fmt::format("{:?}", path.native()); }

}  // namespace unroll::inline v0
