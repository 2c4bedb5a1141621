#include "support/catch.hpp"
#include "support/labeled_lines.hpp"
#include "support/messages.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/errors/error.hpp>

#include <fstream>

using Catch::Contains;
using support::labels_in, support::read_labeled_lines;

namespace {

struct File {
  TemporaryDirectory directory;
  std::string path = directory / "texts.tsv";
  explicit File(const std::string& content) { std::ofstream(path) << content; }
  std::string refusal() const {
    return message_of<unroll::FileError>([&] { read_labeled_lines(path, {"bad", "good"}); });
  }
};

}  // namespace

TEST_CASE("a line is a label, a tab and a text, which may have tabs of its own") {
  const File file("good\tI like it\r\n\nbad\tno\tnever\ngood\t\xC3\xA9");
  const auto texts = read_labeled_lines(file.path, {"bad", "good"});
  CHECK(texts.texts == std::vector<std::string>{"I like it", "no\tnever", "\xC3\xA9"});
  CHECK(texts.labels == std::vector{1, 0, 1});
  CHECK(labels_in(file.path) == std::vector<std::string>{"bad", "good"});
}

TEST_CASE("lines that are damaged are refused with their number") {
  CHECK_THAT(File("good\ta\nno tab\n").refusal(),
             Contains("texts.tsv\", line 2: no tab, expected a label, a tab and a text"));
  CHECK_THAT(File("\n\ta\n").refusal(), Contains("line 2: no label"));
  CHECK_THAT(File("good\t\n").refusal(), Contains("line 1: no text"));
  CHECK_THAT(File("fair\ta\n").refusal(), Contains("line 1: the label \"fair\", expected one of \"bad\", \"good\""));
  CHECK_THAT(File("good\tcaf\xE9\n").refusal(), Contains("line 1: this is no UTF-8; convert the file with iconv"));
  CHECK_THAT(File("good\tcut off \xC3").refusal(), Contains("line 1: this is no UTF-8"));
  CHECK_THAT(File("").refusal(), Contains("no texts"));
  CHECK_THROWS_AS(read_labeled_lines("/nowhere/texts.tsv", {"a"}), unroll::IoError);
}

TEST_CASE("one label leaves nothing to tell apart") {
  const File file("good\ta\ngood\tb\n");
  CHECK_THAT(message_of<unroll::FileError>([&] { labels_in(file.path); }),
             Contains("1 different labels, expected at least 2"));
}

TEST_CASE("lines of a file come one by one, and one that is not there is an error") {
  const File file("a\n\nb");
  std::vector<std::string> lines;
  support::for_each_line(file.path, [&](const std::string& line) { lines.push_back(line); });
  CHECK(lines == std::vector<std::string>{"a", "", "b"});
  CHECK_THROWS_AS(support::for_each_line("/nowhere/lines", [](const std::string&) {}), unroll::IoError);
}
