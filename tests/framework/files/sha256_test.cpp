#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/sha256.hpp>

#include <fstream>

using namespace unroll;

namespace {

std::string sha256(const std::string& text) { return sha256_of(std::as_bytes(std::span(text))); }

}  // namespace

TEST_CASE("digests are those of FIPS 180-4's examples") {
  CHECK(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
        == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256(std::string(1000000, 'a')) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("the digest of a file is that of its bytes, whatever its size") {
  const TemporaryDirectory directory;
  for (const std::size_t size : {0u, 1u, (1u << 20) - 1, 1u << 20, (1u << 20) + 1, 3u << 20}) {
    const std::string text(size, 'x');
    std::ofstream(directory / "file", std::ios::binary) << text;
    CHECK(sha256_of_file(directory / "file") == sha256(text));
  }
}

TEST_CASE("a file that is not there has no digest") {
  const TemporaryDirectory directory;
  CHECK_THROWS_AS(sha256_of_file(directory / "none"), IoError);
}
