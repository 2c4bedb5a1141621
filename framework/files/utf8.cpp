#include <unroll/framework/files/utf8.hpp>

namespace unroll::inline v0 {

namespace {

const std::string replacement = "\xef\xbf\xbd";

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80; }

}  // namespace

void append_utf8(std::string& to, char32_t character) {
  const auto add = [&](std::uint32_t byte) { to += static_cast<char>(byte); };
  const auto code = static_cast<std::uint32_t>(character);
  if (code < 0x80) return add(code);
  if (code < 0x800) {
    add(0xc0 | code >> 6U);
  } else {
    if (code < 0x10000) {
      add(0xe0 | code >> 12U);
    } else {
      add(0xf0 | code >> 18U);
      add(0x80 | (code >> 12U & 0x3fU));
    }
    add(0x80 | (code >> 6U & 0x3fU));
  }
  add(0x80 | (code & 0x3fU));
}

std::string Utf8Filter::push(char byte) {
  std::string out;
  if (!pending_.empty() && !continues(byte)) out = finish();
  pending_ += byte;
  const std::size_t length = detail::decode_utf8(std::as_bytes(std::span(pending_))).length;
  if (length > pending_.size()) return out;
  out += length == 0 ? replacement : pending_;
  pending_.clear();
  return out;
}

std::string Utf8Filter::finish() {
  if (pending_.empty()) return {};
  pending_.clear();
  return replacement;
}

}  // namespace unroll::inline v0
