#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/evil.hpp"
#include "support/messages.hpp"
#include "support/temporary_directory.hpp"
#include "support/training_records.hpp"
#include "support/xml.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/input_file.hpp>
#include <unroll/models/records/training_page.hpp>

#include <sys/resource.h>

#include <cmath>
#include <csignal>
#include <fstream>
#include <limits>

using namespace unroll;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

void tell_updates(TrainingPage& page, std::uint64_t first, std::uint64_t last) {
  for (std::uint64_t update = first; update <= last; ++update) {
    page.on_update(update_record(update));
    if (update % 10 == 0) page.on_evaluation(evaluation_record(update));
  }
}

std::string page_of(std::uint64_t updates) {
  TrainingHistory history;
  for (std::uint64_t update = 1; update <= updates; ++update) {
    history.add(update_record(update));
    if (update % 10 == 0) history.add(evaluation_record(update));
  }
  return training_page(history);
}

}  // namespace

TEST_CASE("the page of a training has its figures and its curves", "[page]") {
  const std::string page = page_of(50);
  CHECK(count_elements(page, "svg") == 3);
  CHECK(count_elements(page, "polyline") == 2 * 4);  // and as many in the legends
  CHECK(count_elements(page, "circle") == 1);        // around the best
  for (const char* text :
       {"<title>Training</title>", ">50</td>", ">5.00</td>", ">5 %</td>", ">2.0200 after update 50</td>",
        ">best: 2.02</text>", ">held-out loss</text>", ">Learning rate</text>"})
    CHECK_THAT(page, Contains(text));
  CHECK_THAT(page, !Contains(">skipped"));
}

TEST_CASE("a page needs nothing from elsewhere, runs no script, and is readable on a dark screen", "[page]") {
  const std::string page = page_of(50);
  CHECK(count_elements(page, "link") + count_elements(page, "img") == 0);
  CHECK(count_elements(page, "script") == 1);
  CHECK_THAT(page, Contains("<script type=\"application/json\""));  // data, which no browser runs
  std::size_t addresses = 0;
  for (std::size_t at = 0; (at = page.find("http", at)) != std::string::npos; ++at) {
    const bool is_name = page.compare(at, 26, "http://www.w3.org/2000/svg") == 0;  // which no browser fetches
    addresses += !is_name && page.compare(at, 10, "http-equiv") != 0;
  }
  CHECK(addresses == 0);
  CHECK_THAT(page, Contains("prefers-color-scheme: dark") && Contains("currentColor"));
}

TEST_CASE("a title is any text", "[page]") {
  for (const std::string_view title :
       {std::string_view(""), std::string_view("</title></h1><script>alert('&')</script>"), evil::controls, evil::bytes,
        evil::marks}) {
    const std::string page = training_page(TrainingHistory(), title);
    CHECK(count_elements(page, "script") == 1);
    CHECK(count_elements(page, "h1") == 1);
    CHECK(evil::fault_of(page.substr(0, 600)) == std::nullopt);
  }
  const std::string long_title = evil::many("x");
  CHECK_THAT(training_page(TrainingHistory(), long_title), Contains("<title>" + long_title + "</title>"));
}

TEST_CASE("numbers that are not finite leave gaps, and skipped updates are marked", "[page]") {
  TrainingHistory history;
  for (std::uint64_t update = 1; update <= 30; ++update) {
    UpdateRecord record = update_record(update);
    if (update % 10 == 5) record.loss = record.gradient_norm = NAN, record.skipped = true;
    if (update == 20) record.loss = std::numeric_limits<double>::infinity();
    history.add(record);
  }
  const std::string page = training_page(history);
  CHECK(count_elements(page, "polyline") == 5 + 1 + 4 + 3);  // runs of the loss, rate and norm, and the legends
  CHECK(count_elements(page, "circle") == 3 * (3 + 1));      // marks on each chart, and in its legend
  CHECK_THAT(page, Contains("1 update skipped, about update 15") && Contains(">3</td>"));
  CHECK_THAT(page, !Contains("nan") && !Contains("inf"));
}

TEST_CASE("pages of nothing, of one update and of wild numbers are whole", "[page]") {
  const double most = std::numeric_limits<double>::max();
  std::vector<TrainingHistory> histories(4);
  histories[1].add(update_record(1));
  histories[2].add({.update = 1, .loss = NAN, .gradient_norm = NAN});
  std::uint64_t update = std::uint64_t{1} << 62U;
  for (const double number : {most, -most, 0.0, 1e-300, -double{INFINITY}})
    histories[3].add({.update = ++update,
                      .epoch = number,
                      .seconds = number,
                      .progress = number,
                      .loss = number,
                      .learning_rate = number,
                      .gradient_norm = number});
  for (const TrainingHistory& history : histories) CHECK(count_elements(training_page(history), "svg") >= 2);
}

TEST_CASE("the page of a long training names the update of its best evaluation, not the middle of a span", "[page]") {
  TrainingHistory history;
  history.add(update_record(100'000));
  history.add(EvaluationRecord{.update = 5000, .loss = 2});
  history.add(EvaluationRecord{.update = 5001, .loss = 1});
  history.add(EvaluationRecord{.update = 100'000, .loss = 3});
  REQUIRE(history.held_out_loss().stride() > 2);
  CHECK_THAT(training_page(history), Contains(">1.0000 after update 5001</td>"));
}

TEST_CASE("the page of a long training stays small", "[page]") {
  TrainingHistory history;
  for (std::uint64_t update = 1; update <= 1'000'000; ++update) history.add(update_record(update));
  const std::string page = training_page(history);
  CHECK(page.size() < 500'000);
  CHECK_THAT(page, Contains("mean and range of 1024 updates"));
}

TEST_CASE("a page is written at evaluations, not too often, at checkpoints and at the end", "[page]") {
  const TemporaryDirectory directory;
  const auto path = directory / "training.html";
  TrainingPage page(path);
  CHECK_FALSE(fs::exists(path));
  page.on_begin({});
  const auto written = [&](auto&& act) {
    fs::remove(path);
    act();
    return fs::exists(path);
  };
  CHECK_FALSE(written([&] { page.on_update(update_record(1)); }));
  CHECK(written([&] { page.on_evaluation({.update = 1, .seconds = 1}); }));
  CHECK_FALSE(written([&] { page.on_evaluation({.update = 1, .seconds = 10}); }));
  CHECK(written([&] { page.on_evaluation({.update = 1, .seconds = 11}); }));
  CHECK_FALSE(written([&] { page.on_evaluation({.update = 2, .seconds = 20}); }));
  CHECK(written([&] { page.on_checkpoint(); }));
  CHECK_FALSE(written([&] { page.on_evaluation({.update = 3, .seconds = 29}); }));  // 9 seconds after the checkpoint
  CHECK(written([&] { page.on_evaluation({.update = 3, .seconds = 30}); }));
  CHECK(written([&] { page.on_end(); }));
  CHECK(directory.count() == 1);
}

TEST_CASE("the page of a resumed training has what came before", "[page]") {
  const TemporaryDirectory directory;
  const auto path = directory / "training.html";
  {
    TrainingPage page(path);
    page.on_begin({});
    tell_updates(page, 1, 44);
    page.on_end();
  }
  TrainingPage page(path);
  page.on_begin({.update = 30});
  tell_updates(page, 31, 50);
  page.on_end();
  const std::string resumed = read_file(path), whole = page_of(50);
  CHECK(resumed.substr(resumed.find("<svg")) == whole.substr(whole.find("<svg")));

  fs::remove(path);
  TrainingPage without(path);
  without.on_begin({.update = 30});
  tell_updates(without, 31, 50);
  without.on_end();
  CHECK(count_elements(read_file(path), "svg") == 3);
  TrainingPage anew(path);
  anew.on_begin({});
  anew.on_end();
  CHECK_THAT(read_file(path), Contains("<tr><td>updates</td><td class=\"number\">0</td></tr>"));
}

TEST_CASE("a page that was changed is begun anew, and a file that is no page is not touched", "[page]") {
  const TemporaryDirectory directory;
  const auto path = directory / "page.html";
  const std::string mark = R"(<meta name="generator" content="unroll training page"/>)";
  const std::string data = R"(<script type="application/json" id="history">)";
  for (const std::string& text :
       {mark, mark + data, mark + data + "{", mark + data + "[]</script>", page_of(20).substr(0, 9000)}) {
    std::ofstream(path, std::ios::binary) << text;
    TrainingPage page(path);
    page.on_begin({.update = 30});
    page.on_update(update_record(31));
    page.on_end();
    CHECK(count_elements(read_file(path), "svg") == 3);
  }
  for (const std::string& text :
       {std::string("<html>mine</html>"), std::string(evil::bytes), std::string(17'000'000, 'x')}) {
    std::ofstream(path, std::ios::binary) << text;
    const auto message = message_of<FileError>([&] { TrainingPage{path}; });
    CHECK_THAT(message, Contains("page.html\" is no page of a training; give the page another name"));
    CHECK(read_file(path) == text);
  }
}

TEST_CASE("a page that cannot be written is refused before training, and a full disk is told", "[page]") {
  const TemporaryDirectory directory;
  const auto said = [](const fs::path& path) { return message_of<IoError>([&] { TrainingPage{path}; }); };
  CHECK_THAT(said(directory / "missing/page.html"), Contains("there is no directory ") && Contains("create it first"));
  CHECK_THAT(said(directory.path()), Contains("it is a directory, expected a regular file"));
  CHECK_THAT(said(""), Contains("the path names no file"));
  for (const std::string_view name : {evil::controls, evil::bytes, evil::marks})
    CHECK(evil::fault_of(said(directory / ("missing/" + std::string(name)))) == std::nullopt);
  const auto path = directory / "page.html";
  std::ofstream(path) << page_of(1);
  const int status = status_of_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);  // so that the write says EFBIG, as a full disk says ENOSPC
    const rlimit limit{5000, 5000};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
    TrainingPage page(path);
    page.on_begin({});
    page.on_update(update_record(1));
    const auto is_told = [](auto&& act) { return message_of<IoError>(act).ends_with("/page.html\": File too large"); };
    if (!is_told([&] { page.on_evaluation({.seconds = 1}); })) return 3;
    try {
      page.on_evaluation({.seconds = 10});  // does not try again so soon
    } catch (const IoError&) {
      return 4;
    }
    return is_told([&] { page.on_end(); }) ? 0 : 1;
  });
  CHECK(status == 0);
  CHECK(read_file(path) == page_of(1));  // the old page is whole
  CHECK(directory.count() == 1);
}
