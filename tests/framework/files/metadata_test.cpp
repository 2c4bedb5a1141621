#include "support/catch.hpp"
#include "support/messages.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/metadata.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>

using namespace unroll;
using Catch::Contains;

namespace {

template <class Number>
Number again(Number number) {
  return number_in<Number>({{"number", number_text(number)}}, "number");
}
template <class Number>
std::string refusal(const std::string& text) {
  return message_of<FileError>([&] { number_in<Number>({{"number", text}}, "number"); });
}

}  // namespace

TEST_CASE("a number in metadata is read again with all its digits") {
  CHECK(again(0.1) == 0.1);
  CHECK(again(1 / 3.) == 1 / 3.);
  CHECK(again(0.1F) == 0.1F);
  CHECK(number_text(0.1F) == "0.1");
  CHECK(again(std::numeric_limits<double>::denorm_min()) == std::numeric_limits<double>::denorm_min());
  CHECK(again(std::numeric_limits<double>::max()) == std::numeric_limits<double>::max());
  CHECK(again(std::numeric_limits<float>::denorm_min()) == std::numeric_limits<float>::denorm_min());
  CHECK(std::signbit(again(-0.0)));
  CHECK(again(std::numeric_limits<std::uint64_t>::max()) == std::numeric_limits<std::uint64_t>::max());
  CHECK(again(std::numeric_limits<std::int64_t>::min()) == std::numeric_limits<std::int64_t>::min());
  CHECK(again(-7) == -7);
  CHECK(again(std::size_t{256}) == 256);
}

TEST_CASE("numbers that are not finite are metadata too") {
  CHECK(again(-std::numeric_limits<double>::infinity()) == -std::numeric_limits<double>::infinity());
  CHECK(std::isnan(again(std::numeric_limits<float>::quiet_NaN())));
  CHECK(number_text(std::copysign(std::numeric_limits<float>::quiet_NaN(), -1.F)) == "nan");
  CHECK(number_text(std::copysign(std::numeric_limits<double>::quiet_NaN(), -1.)) == "nan");
}

TEST_CASE("a whole number is a floating one as well") {
  CHECK(number_in<double>({{"number", number_text(3)}}, "number") == 3);
}

TEST_CASE("a name that the metadata have not is refused with those that they have") {
  CHECK(message_of<FileError>([] { number_in<double>({{"cell", "gru"}, {"hidden", "3"}}, "mean"); })
        == "number_in: there is no \"mean\" in the metadata; they have \"cell\", \"hidden\" (is it the file of another "
           "program?)");
  CHECK_THAT(message_of<FileError>([] { number_in<int>({}, "mean"); }), Contains("they have none"));
}

TEST_CASE("text that is not a number of the type is refused") {
  for (const char* const text : {"", " 1", "1 ", "1.5x", "one", "+1"}) {
    CHECK_THAT(refusal<double>(text), Contains("expected a number (was it written by number_text?)"));
    CHECK_THAT(refusal<int>(text), Contains("expected a whole number from -2147483648 to 2147483647 (was it"));
  }
  CHECK(refusal<int>("1.5")
        == "number_in: the metadata \"number\" are \"1.5\", expected a whole number from -2147483648 to 2147483647 "
           "(was it written by number_text?)");
  CHECK_THAT(refusal<unsigned>("-1"), Contains("expected a whole number from 0 to 4294967295"));
  const char* const wider = "that the type holds (was it written as a wider one?)";
  CHECK_THAT(refusal<int>("3000000000"), Contains(wider));
  CHECK_THAT(refusal<std::uint64_t>("18446744073709551616"), Contains(wider));
  CHECK_THAT(refusal<float>("1e39"), Contains(wider));
}
