#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/evil.hpp"
#include "support/messages.hpp"
#include "support/temporary_directory.hpp"
#include "support/training_records.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/input_file.hpp>
#include <unroll/models/records/csv_log.hpp>

#include <sys/resource.h>

#include <cmath>
#include <csignal>
#include <fstream>
#include <limits>
#include <sstream>

using namespace unroll;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

const std::string header =
    "record,update,epoch,seconds,loss,learning_rate,gradient_norm,items,skipped,best,figure,value";

std::vector<std::string> lines_of(const fs::path& path) {
  std::istringstream text(read_file(path));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    REQUIRE(line.back() == '\r');
    line.pop_back();
    lines.push_back(line);
  }
  return lines;
}

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells(1);
  for (const char character : line) {
    if (character == ',')
      cells.emplace_back();
    else
      cells.back() += character;
  }
  return cells;
}

/// Updates `first` to `last`, with an evaluation after each tenth.
void write_rows(CsvLog& log, std::uint64_t first, std::uint64_t last) {
  log.on_begin({.update = first - 1});
  for (std::uint64_t update = first; update <= last; ++update) {
    log.on_update(update_record(update));
    if (update % 10 == 0) log.on_evaluation(evaluation_record(update));
  }
}

std::string rows_up_to(std::uint64_t last) {
  const TemporaryDirectory directory;
  CsvLog log(directory / "log");
  write_rows(log, 1, last);
  log.on_end();
  return read_file(directory / "log");
}

}  // namespace

TEST_CASE("CSV has a row for every update, evaluation and figure", "[csv]") {
  const TemporaryDirectory directory;
  const auto path = directory / "log.csv";
  CsvLog log(path);
  log.on_begin({});
  log.on_update(update_record(4));
  log.on_evaluation(evaluation_record(4));
  UpdateRecord skipped = update_record(5);
  skipped.skipped = true;
  log.on_update(skipped);
  log.on_end();
  CHECK(lines_of(path)
        == std::vector<std::string>{header, "update,4,0.4,0.04,1.25,0.025,0.75,320,0,,,",
                                    "evaluation,4,0.4,0.04,2.25,,,,,1,,", "figure,4,0.4,0.04,,,,,,,accuracy,0.75",
                                    "update,5,0.5,0.05,1.2,0.02,0.6,320,1,,,"});
}

TEST_CASE("numbers of a CSV log read back as the same doubles", "[csv]") {
  const TemporaryDirectory directory;
  const auto path = directory / "log.csv";
  const std::vector<double> numbers{0,
                                    -0.0,
                                    1. / 3,
                                    -1e-300,
                                    5e-324,
                                    std::numeric_limits<double>::max(),
                                    std::nextafter(1, 2),
                                    1e15,
                                    123456789012345680.0,
                                    std::numeric_limits<double>::infinity(),
                                    -std::numeric_limits<double>::infinity()};
  CsvLog log(path);
  log.on_begin({});
  for (const double number : numbers)
    log.on_update({.update = std::numeric_limits<std::uint64_t>::max(),
                   .epoch = number,
                   .loss = number,
                   .learning_rate = number,
                   .gradient_norm = number,
                   .items = std::numeric_limits<std::uint64_t>::max()});
  log.on_update({.loss = std::numeric_limits<double>::quiet_NaN(), .gradient_norm = std::copysign(NAN, -1)});
  log.on_end();
  const auto lines = lines_of(path);
  REQUIRE(lines.size() == 2 + numbers.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto cells = cells_of(lines[1 + i]);
    REQUIRE(cells.size() == 12);
    CHECK(cells[1] == "18446744073709551615");
    CHECK(cells[7] == "18446744073709551615");
    for (const std::size_t cell : {2, 4, 5, 6}) {
      const double read = std::strtod(cells[cell].c_str(), nullptr);
      CHECK(std::equal_to<>()(read, numbers[i]));
      CHECK(std::signbit(read) == std::signbit(numbers[i]));
    }
  }
  CHECK_THAT(lines.back(), Contains(",nan,0,nan,") && !Contains("-nan"));
}

TEST_CASE("rows reach the file every few seconds, at evaluations and checkpoints, and at the end", "[csv]") {
  const TemporaryDirectory directory;
  const auto path = directory / "log.csv";
  const auto rows = [&] { return lines_of(path).size(); };
  {
    CsvLog log(path);
    log.on_begin({});
    log.on_update({.update = 1, .seconds = 4});
    CHECK(rows() == 0);
    log.on_update({.update = 2, .seconds = 6});
    CHECK(rows() == 3);
    log.on_update({.update = 3, .seconds = 7});
    CHECK(rows() == 3);
    log.on_checkpoint();
    CHECK(rows() == 4);
    log.on_evaluation({.update = 3, .seconds = 8});
    CHECK(rows() == 5);
    log.on_update({.update = 4, .seconds = 9});
    log.on_end();
    CHECK(rows() == 6);
    log.on_update({.update = 5, .seconds = 9});
  }
  CHECK(rows() == 7);  // a training that has thrown
}

TEST_CASE("a resumed training goes on where its checkpoint was, and doubles no row", "[csv]") {
  const TemporaryDirectory directory;
  const auto path = directory / "log.csv";
  const std::string whole = rows_up_to(57);
  for (const std::uint64_t checkpoint : {1, 9, 10, 11, 20, 30, 44}) {
    CAPTURE(checkpoint);
    fs::remove(path);
    {
      CsvLog log(path);
      write_rows(log, 1, 44);
    }
    CsvLog log(path);
    if (checkpoint % 10 != 0) {
      write_rows(log, checkpoint + 1, 57);
    } else {  // saved after the evaluation or before: then it is made again
      log.on_begin({.update = checkpoint});
      log.on_evaluation(evaluation_record(checkpoint));
      log.on_evaluation(evaluation_record(checkpoint));
      for (std::uint64_t update = checkpoint + 1; update <= 57; ++update) {
        log.on_update(update_record(update));
        if (update % 10 == 0) log.on_evaluation(evaluation_record(update));
      }
    }
    log.on_end();
    CHECK(read_file(path) == whole);
  }
}

TEST_CASE("a log may be cut short anywhere: the rows that are whole are kept", "[csv]") {
  const TemporaryDirectory directory;
  const auto path = directory / "log.csv";
  const std::string whole = rows_up_to(12);
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    std::ofstream(path, std::ios::binary) << whole.substr(0, size);
    CsvLog log(path);
    log.on_begin({.update = 1000});
    log.on_end();
    const std::size_t kept = whole.substr(0, size).rfind('\n');
    REQUIRE(read_file(path) == (kept == std::string::npos ? header + "\r\n" : whole.substr(0, kept + 1)));
  }
  for (const auto& tail : {std::string(4096, '\0'), std::string(1'000'000, '\0') + '\n'}) {  // after a power loss
    std::ofstream(path, std::ios::binary) << whole << tail;
    CsvLog(path).on_begin({.update = 1000});
    REQUIRE(read_file(path) == whole);
  }
}

TEST_CASE("a training from its beginning begins a new log, and so does one that does not say where it begins",
          "[csv]") {
  const TemporaryDirectory directory;
  const auto path = directory / "log.csv";
  const std::string whole = rows_up_to(20);
  std::ofstream(path) << whole;
  {
    CsvLog log(path);
    CHECK(read_file(path) == whole);  // nothing is lost before the training begins
    log.on_begin({});
  }
  CHECK(read_file(path) == header + "\r\n");
  std::ofstream(path) << rows_up_to(20);
  CsvLog(path).on_update(update_record(1));
  CHECK(read_file(path) == rows_up_to(1));
  CsvLog(path).on_evaluation({.update = 3});
  CHECK(lines_of(path) == std::vector<std::string>{header, "evaluation,3,0,0,0,,,,,0,,"});
}

TEST_CASE("a log of many blocks is cut at the right row", "[csv]") {
  const TemporaryDirectory directory;
  const auto path = directory / "log.csv";
  {
    CsvLog log(path);
    write_rows(log, 1, 5000);
  }
  REQUIRE(fs::file_size(path) > 200'000);
  CsvLog log(path);
  log.on_begin({.update = 3210});
  CHECK(read_file(path) == rows_up_to(3210));
}

TEST_CASE("a file that is no log is not touched", "[csv]") {
  const TemporaryDirectory directory;
  const auto path = directory / "thesis.txt";
  const auto said = [&](const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
    const auto message = message_of<FileError>([&] { CsvLog(path).on_begin({.update = 3}); });
    CHECK(read_file(path) == text);
    CHECK(evil::fault_of(message) == std::nullopt);
    return message;
  };
  CHECK_THAT(said("All happy families\nare alike"),
             Contains("thesis.txt\" is no log of a training: it begins with \"All happy families\", expected "
                      "\"record,update,epoch,")
                 && Contains("give the log another name, or move this file away"));
  CHECK_THAT(said("x"), Contains("it begins with \"x\""));
  CHECK_THAT(said(header + "\r\nupdate,1,0,0,1,1,1,1,0,,,\r\nunknown,2,,\r\n"), Contains("its line 3 is \"unknown,2"));
  for (const char* row : {"update", "update,", "update,x,", "update,-1,", "update,1", "update,18446744073709551616,",
                          ",1,", "updates,1,", "evaluation,1;", ""})
    CHECK_THAT(said(header + "\r\n" + row + "\r\n"), Contains("its line 2 is \""));
  for (const std::string_view evil : {evil::controls, evil::bytes, evil::marks}) {
    CHECK(!said(std::string(evil)).empty());
    CHECK(!said(header + "\r\n" + std::string(evil) + "\n").empty());
    CHECK(!said(header + "\r\n" + evil::many(evil) + "\n").empty());
  }
}

TEST_CASE("names of figures break no row", "[csv]") {
  const TemporaryDirectory directory;
  const auto path = directory / "log.csv";
  CsvLog log(path);
  log.on_begin({});
  EvaluationRecord record{.update = 1};
  for (const std::string_view name : {std::string_view(""), std::string_view("a,b"), std::string_view("\"q\""),
                                      std::string_view("two\r\nlines"), evil::controls, evil::bytes, evil::marks})
    record.figures.emplace_back(name, 1);
  record.figures.emplace_back(std::string(150, 'x') + "a", 1);
  record.figures.emplace_back(std::string(150, 'x') + "b", 1);
  log.on_evaluation(record);
  const auto lines = lines_of(path);
  REQUIRE(lines.size() == 2 + record.figures.size());
  CHECK(lines[2] == "figure,1,0,0,,,,,,,,1");
  CHECK(lines[3] == "figure,1,0,0,,,,,,,\"a,b\",1");
  CHECK(lines[4] == "figure,1,0,0,,,,,,,\"\"\"q\"\"\",1");
  CHECK(lines[5] == "figure,1,0,0,,,,,,,two\\r\\nlines,1");
  CHECK(lines[9] == "figure,1,0,0,,,,,,," + std::string(150, 'x') + "a,1");  // long names stay apart
  CHECK(lines[10] == "figure,1,0,0,,,,,,," + std::string(150, 'x') + "b,1");
  for (const auto& line : lines) CHECK(evil::fault_of(line) == std::nullopt);
}

TEST_CASE("a log that cannot be written is refused before training, and a full disk is told", "[csv]") {
  const TemporaryDirectory directory;
  CHECK_THAT(message_of<IoError>([&] { CsvLog(directory / "missing/log.csv"); }),
             Contains("there is no directory ") && Contains("create it first"));
  CHECK_THAT(message_of<IoError>([&] { CsvLog(directory.path()); }), Contains("it is a directory"));
  const auto path = directory / "log.csv";
  const int status = status_of_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);  // so that the write says EFBIG, as a full disk says ENOSPC
    const rlimit limit{1000, 1000};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
    CsvLog log(path);
    log.on_begin({});
    for (std::uint64_t update = 1; update < 100; ++update) log.on_update(update_record(update));
    return message_of<IoError>([&] { log.on_checkpoint(); }).ends_with("/log.csv\": File too large") ? 0 : 1;
  });
  CHECK(status == 0);
  CHECK(fs::file_size(path) == 1000);
  CsvLog log(path);  // resumed, when there is room again
  log.on_begin({.update = 5});
  CHECK(lines_of(path).back().starts_with("update,5,"));
}
