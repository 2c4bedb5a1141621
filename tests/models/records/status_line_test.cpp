#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/terminal.hpp"
#include <unroll/models/records/status_line.hpp>

#include <csignal>

using Catch::Contains;
using unroll::StatusLine;

namespace {

const std::string erasure = "\r\x1b[K";

}  // namespace

TEST_CASE("a terminal gets one line, redrawn five times a second, and lines that stay", "[console]") {
  const Environment term("TERM", "xterm"), columns("COLUMNS", nullptr);
  const Terminal terminal(40);
  {
    StatusLine line({.descriptor = terminal.descriptor(), .prefix = "program: "});
    CHECK(line.columns() == 39);
    CHECK(line.due(0));
    line.show("one", 0);
    CHECK(terminal.text() == erasure + "one");
    CHECK_FALSE(line.due(0.19));
    CHECK(line.due(0.21));
    line.show(std::string(100, 'x'), 0.21);
    CHECK(terminal.text() == erasure + std::string(39, 'x'));
    line.say("it stays");
    CHECK(terminal.text() == erasure + "program: it stays\r\n");
    line.say("again");
    CHECK(terminal.text() == "program: again\r\n");
    line.show("two", 1);
    line.clear(), line.clear();
    CHECK(terminal.text() == erasure + "two" + erasure);
    line.show("three", 2);
    CHECK(terminal.text() == erasure + "three");
  }
  CHECK(terminal.text() == erasure);
}

TEST_CASE("anything else gets a plain line every ten seconds", "[console]") {
  const Environment term("TERM", "xterm");
  const Terminal pipe;
  {
    StatusLine line({.descriptor = pipe.descriptor(), .prefix = "program: "});
    CHECK_FALSE(line.columns());
    CHECK_FALSE(line.due(0));
    CHECK_FALSE(line.due(9.9));
    CHECK(line.due(10));
    line.show(std::string(100, 'x'), 10);
    CHECK_FALSE(line.due(19.9));
    CHECK(line.due(20));
    line.say("it stays");
    line.clear();
    CHECK(pipe.text() == "program: " + std::string(100, 'x') + "\nprogram: it stays\n");
  }
  CHECK(pipe.text().empty());
}

TEST_CASE("a terminal that cannot move its cursor gets plain lines", "[console]") {
  for (const char* name : {static_cast<const char*>(nullptr), "", "dumb"}) {
    const Environment term("TERM", name);
    const Terminal terminal(40);
    StatusLine line({.descriptor = terminal.descriptor(), .prefix = {}});
    CHECK_FALSE(line.columns());
    line.show("text", 10);
    CHECK(terminal.text() == "text\r\n");
  }
}

TEST_CASE("COLUMNS comes before the width of the terminal, and 80 behind it", "[console]") {
  const Environment term("TERM", "xterm");
  const auto width = [](unsigned short terminal_columns, const char* columns) {
    const Environment environment("COLUMNS", columns);
    const Terminal terminal(terminal_columns);
    return StatusLine({.descriptor = terminal.descriptor(), .prefix = {}}).columns();
  };
  CHECK(width(100, nullptr) == 99);
  CHECK(width(100, "60") == 59);
  CHECK(width(0, "60") == 59);
  CHECK(width(0, nullptr) == 79);
  CHECK(width(100, "1") == 0);
  CHECK(width(100, "18446744073709551615") == ~std::size_t{0} - 1);
  for (const char* nonsense : {"", "0", "-5", "x", "60x", " 60", "18446744073709551616", "1e3"})
    CHECK(width(100, nonsense) == 99);
}

TEST_CASE("no color is ever used, with NO_COLOR or without", "[console]") {
  const Environment term("TERM", "xterm-256color");
  for (const char* value : {static_cast<const char*>(nullptr), "1"}) {
    const Environment no_color("NO_COLOR", value);
    const Terminal terminal(40);
    {
      StatusLine line({.descriptor = terminal.descriptor(), .prefix = "p: "});
      line.show("text", 0);
      line.say("text");
    }
    std::string text = terminal.text();
    for (std::size_t at = 0; (at = text.find("\x1b[K")) != std::string::npos;) text.erase(at, 3);
    CHECK(text.find('\x1b') == std::string::npos);
  }
}

TEST_CASE("a status line that nobody can read is no error", "[console]") {
  for (const int descriptor : {-1, 1'000'000}) {
    StatusLine line({.descriptor = descriptor, .prefix = {}});
    line.show("text", 0), line.say("text");
  }
  const int status = status_of_child([] {
    std::signal(SIGPIPE, SIG_IGN);
    int ends[2];
    if (::pipe(ends) != 0) return 1;
    ::close(ends[0]);
    StatusLine line({.descriptor = ends[1], .prefix = {}});
    line.say("text");
    return 0;
  });
  CHECK(status == 0);
}
