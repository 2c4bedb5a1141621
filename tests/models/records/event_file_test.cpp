#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/event_reader.hpp"
#include "support/evil.hpp"
#include "support/messages.hpp"
#include "support/temporary_directory.hpp"
#include "support/training_records.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/input_file.hpp>
#include <unroll/models/records/event_file.hpp>

#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <fstream>
#include <limits>
#include <regex>

using namespace unroll;
using Catch::Contains;
using event_reader::Event;
using event_reader::events_of;
namespace fs = std::filesystem;

namespace {

std::vector<Event> events_in(const fs::path& path) { return events_of(read_file(path)); }

double now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

}  // namespace

TEST_CASE("an event file is read back by another reader, check sums and all", "[events]") {
  const TemporaryDirectory directory;
  const double before = now();
  EventFile file(directory / "run");
  file.on_begin({});
  file.on_update(update_record(1));
  file.on_update(update_record(2));
  file.on_evaluation(evaluation_record(2));
  file.on_end();
  const auto events = events_in(file.path());
  REQUIRE(events.size() == 4);
  CHECK(events[0].version == "brain.Event:2");
  for (const Event& event : events) {
    CHECK(event.wall_time >= before);
    CHECK(event.wall_time <= now());
    CHECK_FALSE(event.session);
  }
  CHECK(events[1].step == 1);
  CHECK(events[1].scalars
        == std::map<std::string, float>{
            {"loss/training", 2}, {"learning_rate", 0.1F}, {"gradient_norm", 3}, {"items_per_second", 32000}});
  CHECK(events[2].step == 2);
  CHECK(events[2].scalars.at("loss/training") == 1.5F);
  CHECK(events[3].step == 2);
  CHECK(events[3].scalars == std::map<std::string, float>{{"loss/held_out", 2.5F}, {"held_out/accuracy", 0.75F}});
}

TEST_CASE("the bytes of an event are those of TensorFlow's writer", "[events]") {
  const TemporaryDirectory directory;
  EventFile file(directory.path());
  const std::string bytes = read_file(file.path());
  // 9 bytes of wall time, 2 of step 0, 15 of the version
  REQUIRE(bytes.size() == 8 + 4 + 26 + 4);
  CHECK(bytes.substr(0, 8) == std::string("\x1a\0\0\0\0\0\0\0", 8));
  CHECK(bytes[12] == '\x09');
  CHECK(bytes.substr(21, 17)
        == std::string("\x10\0\x1a\x0d"
                       "brain.Event:2",
                       17));
}

TEST_CASE("any number reaches the file", "[events]") {
  const TemporaryDirectory directory;
  EventFile file(directory.path());
  file.on_begin({});
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (const std::uint64_t update : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{127}, std::uint64_t{128},
                                     std::uint64_t{1} << 31U, std::uint64_t{1} << 62U, ~std::uint64_t{0}})
    file.on_update({.update = update, .loss = -infinity, .gradient_norm = 1e300, .items = update});
  file.on_update({.update = 5, .loss = NAN, .gradient_norm = NAN, .skipped = true});
  file.on_update({.update = 6, .loss = 1e-300, .gradient_norm = NAN});
  file.on_end();
  const auto events = events_in(file.path());
  REQUIRE(events.size() == 10);
  CHECK(events[4].step == 128);
  CHECK(events[5].step == std::int64_t{1} << 31U);
  CHECK(events[6].step == std::int64_t{1} << 62U);
  CHECK(events[7].step == std::numeric_limits<std::int64_t>::max());
  for (std::size_t i = 1; i <= 7; ++i) {
    CHECK(events[i].scalars.at("loss/training") == -std::numeric_limits<float>::infinity());
    CHECK(events[i].scalars.at("gradient_norm") == std::numeric_limits<float>::infinity());
    CHECK_FALSE(events[i].scalars.contains("items_per_second"));  // no time has passed
  }
  CHECK(std::isnan(events[8].scalars.at("loss/training")));
  CHECK(std::isnan(events[8].scalars.at("gradient_norm")));  // the reason why the update was skipped
  CHECK_FALSE(events[9].scalars.contains("gradient_norm"));  // not measured
}

TEST_CASE("an event file that is cut short anywhere holds the events before", "[events]") {
  const TemporaryDirectory directory;
  EventFile file(directory.path());
  file.on_begin({});
  file.on_update(update_record(1));
  file.on_update(update_record(2));
  file.on_end();
  const std::string whole = read_file(file.path());
  std::size_t last = 0;
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const std::size_t found = events_of(std::string_view(whole).substr(0, size)).size();
    REQUIRE((found == last || found == last + 1));
    last = found;
  }
  CHECK(last == 3);
}

TEST_CASE("the reader of these tests finds every flipped bit", "[events]") {
  const TemporaryDirectory directory;
  EventFile file(directory.path());
  file.on_update(update_record(1));
  file.on_end();
  std::string bytes = read_file(file.path());
  for (std::size_t at = 0; at < bytes.size(); ++at)
    for (unsigned bit = 0; bit < 8; ++bit) {
      bytes[at] = static_cast<char>(bytes[at] ^ (1U << bit));
      REQUIRE_THROWS_WITH(events_of(bytes), Contains("has another check sum"));
      bytes[at] = static_cast<char>(bytes[at] ^ (1U << bit));
    }
}

TEST_CASE("a resumed training writes a file of its own, which sorts behind and says where it begins", "[events]") {
  const TemporaryDirectory directory;
  std::ofstream(directory / "events.out.tfevents.5000000000.elsewhere") << "of another writer";
  std::ofstream(directory / "notes.txt") << "of a user";
  const EventFile first(directory.path());
  EventFile second(directory.path());
  CHECK(first.path() < second.path());
  CHECK(std::regex_match(second.path().filename().string(),
                         std::regex(R"(events\.out\.tfevents\.5000000002\.[A-Za-z0-9._-]+)")));
  second.on_begin({.update = 100, .seconds = 50});
  UpdateRecord record = update_record(101);
  record.seconds = 52;
  second.on_update(record);
  second.on_end();
  const auto events = events_in(second.path());
  REQUIRE(events.size() == 3);
  CHECK(events[1].session == 1);  // START
  CHECK(events[1].step == 101);
  CHECK(events[2].step == 101);
  CHECK(events[2].scalars.at("items_per_second") == 160);
  CHECK(directory.count() == 4);
  std::ofstream(directory / "events.out.tfevents.99999999999999999999.x");
  std::ofstream(directory / "events.out.tfevents.9999999999.x");
  CHECK_NOTHROW(EventFile(directory.path()));  // ten digits have no more room, and the name is free
}

TEST_CASE("events reach the file every few seconds, at evaluations and checkpoints, and at the end", "[events]") {
  const TemporaryDirectory directory;
  EventFile file(directory.path());
  const auto count = [&] { return events_in(file.path()).size(); };
  CHECK(count() == 1);
  file.on_begin({});
  file.on_update({.update = 1, .seconds = 4});
  CHECK(count() == 1);
  file.on_update({.update = 2, .seconds = 6});
  CHECK(count() == 3);
  file.on_update({.update = 3, .seconds = 7});
  file.on_checkpoint();
  CHECK(count() == 4);
  file.on_evaluation({.update = 3, .seconds = 7});
  CHECK(count() == 5);
  file.on_update({.update = 4, .seconds = 8});
  file.on_end();
  CHECK(count() == 6);
}

TEST_CASE("names of figures become tags of valid UTF-8", "[events]") {
  const TemporaryDirectory directory;
  EventFile file(directory.path());
  file.on_evaluation({.update = 1,
                      .figures = {{std::string(evil::controls), 1},
                                  {std::string(evil::bytes), 2},
                                  {std::string(150, 'x') + "a", 3},
                                  {std::string(150, 'x') + "b", 3},
                                  {"", 4},
                                  {"<b>", 5}}});
  const auto scalars = events_in(file.path()).back().scalars;
  CHECK(scalars.size() == 7);
  for (const auto& [tag, value] : scalars) CHECK(evil::fault_of(tag) == std::nullopt);
  CHECK(scalars.at("held_out/<b>") == 5);
  CHECK(scalars.at("held_out/") == 4);
}

TEST_CASE("a directory that cannot be is refused before training, and a full disk is told", "[events]") {
  const TemporaryDirectory directory;
  std::ofstream(directory / "file") << "x";
  const auto said = [](const fs::path& path) { return message_of<IoError>([&] { EventFile{path}; }); };
  CHECK_THAT(said(directory / "file"), Contains("cannot write event files into \"") && Contains("Not a directory"));
  CHECK_THAT(said(directory / "file/run"), Contains("Not a directory"));
  CHECK_THAT(said(""), Contains("cannot write event files into \"\""));
  for (const std::string_view name : {evil::controls, evil::bytes, evil::marks})
    CHECK(evil::fault_of(said(directory / ("file/" + std::string(name)))) == std::nullopt);
  const int status = status_of_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);  // so that the write says EFBIG, as a full disk says ENOSPC
    const rlimit limit{1000, 1000};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
    EventFile file(directory / "run");
    for (std::uint64_t update = 1; update < 100; ++update) file.on_update(update_record(update));
    const auto message = message_of<IoError>([&] { file.on_checkpoint(); });
    if (!message.ends_with("\": File too large")) return 3;
    return events_in(file.path()).size() > 3 ? 0 : 4;
  });
  CHECK(status == 0);
}
