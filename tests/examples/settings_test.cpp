#include "character_model/settings.hpp"

#include "support/catch.hpp"
#include <unroll/framework/errors/error.hpp>

#include <nlohmann/json.hpp>

using namespace character_model;
using Catch::Contains;

namespace {
const Description description{
    .settings = {.cell = CellKind::gru, .layers = 2, .hidden = 5, .embedding = 3, .dropout = 0.25},
    .vocabulary = Vocabulary(CharacterUnit::code_point, {U'a', U'b'})};

/// The JSON of a good description with one member changed, or taken away.
std::string changed(const char* name, const nlohmann::json& value) {
  auto json = nlohmann::json::parse(description_to_json(description));
  if (value.is_discarded())
    json.erase(name);
  else
    json[name] = value;
  return json.dump();
}
}  // namespace

TEST_CASE("a description comes back from its JSON") {
  const Description again = description_from_json(description_to_json(description));
  CHECK(again.settings == description.settings);
  CHECK(again.vocabulary.characters() == description.vocabulary.characters());
}

TEST_CASE("a description names its cell, and every cell comes back from its name") {
  Description any = description;
  for (const auto& [kind, name] : std::vector<std::pair<CellKind, std::string>>{{CellKind::lstm, "lstm"},
                                                                                {CellKind::gru, "gru"},
                                                                                {CellKind::rnn, "rnn"},
                                                                                {CellKind::mingru, "mingru"},
                                                                                {CellKind::minlstm, "minlstm"},
                                                                                {CellKind::slstm, "slstm"},
                                                                                {CellKind::mlstm, "mlstm"},
                                                                                {CellKind::lru, "lru"}}) {
    any.settings.cell = kind;
    CHECK(nlohmann::json::parse(description_to_json(any))["cell"] == name);
    CHECK(description_from_json(description_to_json(any)).settings.cell == kind);
  }
}

TEST_CASE("numbers of a description keep all their digits") {
  Description exact = description;
  for (const double dropout : {0.1 + 0.2, 1.0 / 3, 0x1.fffffffffffffp-1, 5e-324, 1e-7}) {
    exact.settings.dropout = dropout;
    CHECK(description_from_json(description_to_json(exact)).settings.dropout == dropout);
  }
}

TEST_CASE("a damaged description is refused by name") {
  const nlohmann::json nothing = nlohmann::json::parse("", nullptr, false);
  const auto [name, value] = GENERATE_COPY(table<const char*, nlohmann::json>({
      {"cell", "tree"},
      {"cell", 3},
      {"layers", 0},
      {"layers", -1},
      {"layers", 1.5},
      {"hidden", 65537},
      {"hidden", "5"},
      {"embedding", nothing},
      {"dropout", 1.0},
      {"dropout", "x"},
      {"format_version", 0},
      {"format_version", nothing},
      {"vocabulary", nothing},
      {"vocabulary", "ab"},
  }));
  CHECK_THROWS_AS(description_from_json(changed(name, value)), unroll::FileError);
  CHECK_THROWS_WITH(description_from_json(changed(name, value)), Contains("damaged") && Contains(name));
}

TEST_CASE("what a member of a description is and should be is said in one way, whether its name is a plural or not") {
  CHECK_THROWS_WITH(description_from_json(changed("layers", 0)),
                    Contains("layers: 0 given, expected a whole number from 1 to 1000"));
  CHECK_THROWS_WITH(description_from_json(changed("cell", "tree")), Contains("cell: \"tree\" given, expected lstm"));
  CHECK_THROWS_WITH(description_from_json(changed("format_version", 0)),
                    Contains("format_version: 0 given, expected 1"));
}

TEST_CASE("what is no JSON is no description") {
  CHECK_THROWS_WITH(description_from_json(GENERATE(as<std::string>{}, "", "{", "[]", "\xff")), Contains("JSON object"));
}

TEST_CASE("a newer version is named") {
  CHECK_THROWS_WITH(description_from_json(changed("format_version", 2)), Contains("version 2") && Contains("up to 1"));
}

TEST_CASE("parameters are counted as PyTorch has them") {
  // LSTM: weight_ih 4H x D, weight_hh 4H x H, two biases of 4H; embedding V x D; output V x H and V.
  CHECK(parameter_count({.cell = CellKind::lstm, .layers = 1, .hidden = 5, .embedding = 3}, 7)
        == 20 * 3 + 20 * 5 + 2 * 20 + 7 * 3 + 7 * 5 + 7);
  CHECK(parameter_count({.cell = CellKind::gru, .layers = 2, .hidden = 5, .embedding = 3}, 7)
        == (15 * 3 + 15 * 5 + 2 * 15) + (15 * 5 + 15 * 5 + 2 * 15) + 7 * 3 + 7 * 5 + 7);
  CHECK(parameter_count({.cell = CellKind::rnn, .layers = 1, .hidden = 5, .embedding = 3}, 7)
        == 5 * 3 + 5 * 5 + 2 * 5 + 7 * 3 + 7 * 5 + 7);
  // mLSTM of 8: four blocks and a bias, two gates for each of four heads.
  CHECK(parameter_count({.cell = CellKind::mlstm, .layers = 1, .hidden = 8, .embedding = 3}, 7)
        == 32 * 3 + 32 + 8 * 3 + 8 + 7 * 3 + 7 * 8 + 7);
}

TEST_CASE("a description that is too deep, too long or says a thing twice is refused before it is built") {
  const std::string deep = std::string(87'000, '[') + std::string(87'000, ']');
  CHECK_THROWS_WITH(description_from_json(R"({"format_version":)" + deep + "}"), Contains("deep in each other"));
  CHECK_THROWS_WITH(description_from_json(deep), Contains("deep in each other"));
  CHECK_THROWS_WITH(description_from_json(R"({"other":[)" + std::string(60'000'000, ' ') + "]}"),
                    Contains("it has 60000012 bytes, expected at most 16777216"));
  const std::string good = description_to_json(description);
  CHECK_THROWS_WITH(description_from_json(R"({"layers":7,)" + good.substr(1)), Contains("\"layers\" is there twice"));
  auto twice = good;
  twice.insert(twice.find(R"("units")"), R"("units":"bytes",)");
  CHECK_THROWS_WITH(description_from_json(twice), Contains("\"units\" is there twice"));
}

TEST_CASE("what a description holds is shown short and without control characters") {
  for (const auto& [name, value] :
       std::vector<std::pair<const char*, nlohmann::json>>{{"cell", std::string(1'000'000, 'x')},
                                                           {"cell", "\u009b31m\x1b[2J\x7f"},
                                                           {"dropout", std::vector<std::string>(100'000, "\u009b")},
                                                           {"layers", nlohmann::json{{"\u202e", "\x1b"}}},
                                                           {"format_version", std::vector<double>(100'000, 1.0 / 3)}}) {
    std::string message;
    try {
      description_from_json(changed(name, value));
    } catch (const unroll::FileError& error) {
      message = error.what();
    }
    INFO(message);
    CHECK(message.size() > 20);
    CHECK(message.size() < 400);
    for (const char character : message) {
      const auto byte = static_cast<unsigned char>(character);
      CHECK((byte >= 0x20 && byte < 0x7f));
    }
  }
}

TEST_CASE("a description of a million objects is read in a time that grows with its length") {
  std::string list;
  for (int i = 0; i < 1'000'000; ++i) list += "{},";
  // When each object was looked for among all of them, it did not end within the time that a test has.
  CHECK_THROWS_WITH(description_from_json(R"({"other":[)" + list + "0]}"),
                    Contains("format_version: nothing is there"));
}
