#include "support/catch.hpp"
#include "support/csv_table.hpp"
#include "support/messages.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/errors/error.hpp>

#include <fstream>

using Catch::Contains;
using support::CsvTable;

namespace {

CsvTable table_of(const std::string& text) {
  const TemporaryDirectory directory;
  std::ofstream(directory / "t.csv") << text;
  return CsvTable(directory / "t.csv");
}
std::string refusal(const std::string& text) {
  return message_of<unroll::FileError>([&] { table_of(text); });
}

}  // namespace

TEST_CASE("a table has names, rows and fields, quoted or not") {
  const CsvTable table = table_of("day,\"high, low\",note\n2012-01-01,1.5,\"says \"\"no\"\"\"\n2012-01-02,-2e1,\n");
  CHECK(table.names() == std::vector<std::string>{"day", "high, low", "note"});
  CHECK(table.rows() == 2);
  CHECK(table.number(0, 1) == 1.5);
  CHECK(table.number(1, 1) == -20);
  CHECK(table.text(0, 2) == "says \"no\"");
  CHECK(table.text(1, 2).empty());
  CHECK(table.column("high, low") == 1);
  CHECK(table.is_numeric(1));
  CHECK_FALSE(table.is_numeric(0));
}

TEST_CASE("ends of lines, empty lines and a byte order mark are as spreadsheets write them") {
  for (const char* const text : {"a,b\n1,2\n3,4", "a,b\r\n1,2\r\n3,4\r\n",
                                 "\xEF\xBB\xBF"
                                 "a,b\n\n1,2\n\n3,4\n\n"}) {
    const CsvTable table = table_of(text);
    CHECK(table.names().front() == "a");
    REQUIRE(table.rows() == 2);
    CHECK(table.number(1, 1) == 4);
  }
}

TEST_CASE("a row is named by the line it begins in, behind empty lines and lines within quotes") {
  const CsvTable table = table_of("a,b\n\"two\nlines\",2\n\n3,x\n");
  CHECK_THAT(table.place(0), Contains("line 2"));
  CHECK_THAT(table.place(1), Contains("line 5"));
  CHECK_THAT(message_of<unroll::FileError>([&] { static_cast<void>(table.number(1, 1)); }),
             Contains("t.csv\", line 5: \"x\" in column \"b\", expected a number"));
}

TEST_CASE("what is no finite number is refused as one") {
  for (const char* const field : {"", "1.5.", "0x10", "nan", "inf", "1e999", "1,5", " 1"}) {
    const CsvTable table = table_of("a\n\"" + std::string(field) + "\"\n");
    if (table.text(0, 0) != field) continue;  // libcsv takes spaces away
    CHECK_THAT(message_of<unroll::FileError>([&] { static_cast<void>(table.number(0, 0)); }),
               Contains("expected a number"));
  }
}

TEST_CASE("a table that is damaged is refused with its line") {
  CHECK_THAT(refusal("a,b\n1,2\n3\n"), Contains("line 3: 1 fields, expected 2"));
  CHECK_THAT(refusal("a,b\n1,2,3\n"), Contains("line 2: 3 fields, expected 2"));
  CHECK_THAT(refusal("a,b\n1,\"2\n3,4\n"), Contains("a quote that does not belong there"));
  CHECK_THAT(refusal("a,b\n1,2\"\n"), Contains("line 2: a quote that does not belong there"));
  CHECK_THAT(refusal("a,a\n1,2\n"), Contains("line 1: the name \"a\" is there twice"));
  CHECK_THAT(refusal("a,\n1,2\n"), Contains("line 1: the name \"\" of a column"));
  CHECK_THAT(refusal("a,b\n"), Contains("no rows"));
  CHECK_THAT(refusal(""), Contains("t.csv"));
}

TEST_CASE("a column that is not there is refused with those that are, and a file that is not there with the reason") {
  const CsvTable table = table_of("day,high\n1,2\n");
  CHECK_THAT(message_of<unroll::ArgumentError>([&] { static_cast<void>(table.column("low")); }),
             Contains("has no column \"low\", expected one of \"day\", \"high\""));
  CHECK_THROWS_AS(CsvTable("/nowhere/t.csv"), unroll::IoError);
}
