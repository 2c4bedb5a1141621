#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/input_file.hpp>
#include <unroll/framework/files/sha256.hpp>

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

namespace unroll::inline v0 {

namespace {

/// A digest of bytes that arrive in pieces.
class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    expect(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr));
  }
  void add(std::span<const std::byte> bytes) { expect(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size())); }
  std::string text() {
    std::array<unsigned char, 32> digest;
    expect(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr));
    std::string digits;
    for (const unsigned char byte : digest) digits += fmt::format("{:02x}", byte);
    return digits;
  }

 private:
  static void expect(bool success) {
    if (!success) throw Error("sha256: the cryptographic library does not offer SHA-256 (is it restricted?)");
  }
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

}  // namespace

std::string sha256_of(std::span<const std::byte> bytes) {
  Sha256 digest;
  digest.add(bytes);
  return digest.text();
}

std::string detail::sha256_of_pieces(std::uint64_t size,
                                     const std::function<void(std::uint64_t, std::span<std::byte>)>& read) {
  constexpr std::size_t piece = std::size_t{1} << 18;  // stays in a core's cache
  std::vector<std::byte> bytes(std::min<std::uint64_t>(piece, size));
  Sha256 digest;
  for (std::uint64_t offset = 0; offset < size; offset += bytes.size()) {
    bytes.resize(std::min<std::uint64_t>(piece, size - offset));
    read(offset, bytes);
    digest.add(bytes);
  }
  return digest.text();
}

std::string sha256_of_file(const std::filesystem::path& path) {
  const InputFile file(path);
  return detail::sha256_of_pieces(file.size(),
                                  [&](std::uint64_t offset, std::span<std::byte> to) { file.read(offset, to); });
}

}  // namespace unroll::inline v0
