#include "support/catch.hpp"
#include "support/messages.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/bounded_json.hpp>

using namespace unroll;
using Catch::Contains;

namespace {
bool checked(const std::string& text) { return is_bounded_json(text, {.bytes = 100, .depth = 2}, "the settings"); }
}  // namespace

TEST_CASE("JSON within its limits is told from what is none") {
  CHECK(checked(R"({"a":[1,-2,3.5,"x",null,true],"b":{}})"));
  CHECK(checked("[]"));
  CHECK_FALSE(checked(""));
  CHECK_FALSE(checked("{\"a\":1"));
  CHECK_FALSE(checked("words"));
}

TEST_CASE("JSON that is too long, too deep or has a name twice is refused") {
  CHECK_THAT(message_of<FileError>([] { checked("[" + std::string(99, ' ') + "]"); }),
             Contains("the settings: it has 101 bytes, expected at most 100"));
  CHECK_THAT(message_of<FileError>([] { checked("[[[]]]"); }), Contains("lie more than 2 deep in each other"));
  CHECK_THAT(message_of<FileError>([] { checked(R"({"a":1,"a":2})"); }),
             Contains("the settings: \"a\" is there twice"));
  CHECK(checked(R"([{"a":1},{"a":2}])"));
  CHECK_THROWS_AS(checked(std::string(50, '[')), FileError);
}
