#include "support/catch.hpp"
#include "support/messages.hpp"
#include "support/midi.hpp"
#include "support/piano_roll.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/errors/error.hpp>

#include <filesystem>
#include <fstream>

using Catch::Contains;
using support::Piece, support::PieceSets, support::read_pieces;

namespace {

PieceSets read(const std::string& json) {
  const TemporaryDirectory directory;
  std::ofstream(directory / "rolls.json") << json;
  return read_pieces(directory / "rolls.json", 4);
}
std::string refusal(const std::string& json) {
  return message_of<unroll::FileError>([&] { read(json); });
}
/// Sets of which the training part is this.
std::string with_training(const std::string& pieces) {
  return R"({"train": )" + pieces + R"(, "valid": [[[60], [61]]], "test": [[[60], [61]]]})";
}

}  // namespace

TEST_CASE("piano rolls are pieces of steps of keys, sorted and once each") {
  const PieceSets sets = read(R"({"train": [[[64, 60, 64], [], [108]], [[21], [22]]], "valid": [[[60], [61]]],
                                  "test": [[[62], [63]]], "license": "free"})");
  CHECK(sets.train == std::vector<Piece>{{{60, 64}, {}, {108}}, {{21}, {22}}});
  CHECK(sets.valid == std::vector<Piece>{{{60}, {61}}});
  CHECK(sets.test == std::vector<Piece>{{{62}, {63}}});
}

TEST_CASE("a key sounds in a chord that has it") {
  CHECK(support::sounds({21, 60, 108}, 0));
  CHECK(support::sounds({21, 60, 108}, 39));
  CHECK(support::sounds({21, 60, 108}, 87));
  CHECK_FALSE(support::sounds({21, 60, 108}, 40));
  CHECK_FALSE(support::sounds({}, 0));
}

TEST_CASE("piano rolls that are damaged are refused with set, piece and step") {
  CHECK_THAT(refusal(with_training("[[[60], [61]], [[60], [109]]]")),
             Contains("rolls.json\": train, piece 2, step 2: the key 109, expected a whole number from 21 to 108"));
  CHECK_THAT(refusal(with_training("[[[60], [20]]]")), Contains("step 2: the key 20"));
  CHECK_THAT(refusal(with_training("[[[60.5], [61]]]")), Contains("step 1: the key 60.5"));
  CHECK_THAT(refusal(with_training("[[[true], [61]]]")), Contains("step 1: the key true"));
  CHECK_THAT(refusal(with_training("[[60, 61]]")), Contains("train, piece 1, step 1: expected a list of keys"));
  CHECK_THAT(refusal(with_training("[60]")), Contains("train, piece 1: expected a list of steps"));
  CHECK_THAT(refusal(with_training("[[[60]]]")), Contains("train, piece 1: 1 steps, expected at least 2"));
  CHECK_THAT(refusal(with_training("[]")), Contains("train has no pieces"));
  CHECK_THAT(refusal(with_training("7")), Contains("no list \"train\""));
  CHECK_THAT(refusal(R"({"train": [[[60], [61]]], "valid": [[[60], [61]]]})"), Contains("no list \"test\""));
  CHECK_THAT(refusal("[1]"), Contains("expected an object of train, valid and test"));
  CHECK_THAT(refusal("{"), Contains("this is no JSON"));
  CHECK_THAT(refusal(std::string(2000, '[')), Contains("rolls.json"));
}

TEST_CASE("a folder has its pieces as MIDI files in train, valid and test, in the order of their names") {
  const TemporaryDirectory directory;
  const auto missing = message_of<unroll::IoError>([&] { read_pieces(directory.path(), 4); });
  CHECK_THAT(missing, Contains("train\"") && Contains("expected the folders train, valid and test"));
  for (const char* const set : {"train", "valid", "test"}) std::filesystem::create_directory(directory / set);
  CHECK_THAT(message_of<unroll::FileError>([&] { read_pieces(directory.path(), 4); }), Contains("train has no pieces"));
  support::write_midi(directory / "train/b.mid", {{60}, {62}}, 4);
  support::write_midi(directory / "train/a.midi", {{61}, {}, {63}}, 4);
  support::write_midi(directory / "valid/a.mid", {{64}, {65}}, 4);
  support::write_midi(directory / "test/a.mid", {{66}, {67}}, 4);
  std::ofstream(directory / "train/license.txt") << "free";
  const PieceSets sets = read_pieces(directory.path(), 4);
  CHECK(sets.train == std::vector<Piece>{{{61}, {}, {63}}, {{60}, {62}}});
  CHECK(sets.valid == std::vector<Piece>{{{64}, {65}}});
  CHECK(sets.test == std::vector<Piece>{{{66}, {67}}});
  std::ofstream(directory / "test/a.mid") << "no song";
  CHECK_THAT(message_of<unroll::FileError>([&] { read_pieces(directory.path(), 4); }), Contains("test/a.mid"));
}
