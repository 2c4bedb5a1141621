#include "character_model/model.hpp"
#include "examples/program_runner.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <nlohmann/json.hpp>
#include <tinyxml2.h>

#include <fstream>

using Catch::Contains;
using program::Result;
using program::run;

namespace {

/// A model that has learned nothing yet, and a text of its characters.
struct Files {
  explicit Files(character_model::CellKind cell, std::uint64_t layers = 2) {
    using namespace character_model;
    const Settings settings{.cell = cell, .layers = layers, .hidden = 12, .embedding = 6};
    const Vocabulary vocabulary(CharacterUnit::code_point, {U'a', U'b', U'c'});
    std::visit(
        [&](const auto& chosen) {
          save_model(model, chosen, {settings, vocabulary, 0});
        },
        make_model(settings, vocabulary.size(), unroll::Random(1)));
    std::ofstream file(text);
    for (int i = 0; i < 400; ++i) file << "abc"[i * i % 7 % 3];
  }
  TemporaryDirectory directory;
  std::string text = directory / "text", model = directory / "model", html = directory / "page.html",
              csv = directory / "numbers.csv";
};

Result vanishing_gradient(const std::vector<std::string>& arguments) {
  return run(arguments, {.program = VANISHING_GRADIENT_PROGRAM});
}

bool is_well_formed(const std::string& path) {
  tinyxml2::XMLDocument document;
  return document.LoadFile(path.c_str()) == tinyxml2::XML_SUCCESS;
}

}  // namespace

TEST_CASE("inspect --gradient-flow shows every layer of every kind of model, as a table, JSON, CSV and a page") {
  using character_model::CellKind;
  const auto cell = static_cast<CellKind>(GENERATE(range(0, static_cast<int>(character_model::cell_names.size()))));
  const Files files(cell);
  const std::vector<std::string> arguments{"inspect",  "--gradient-flow", "--model", files.model, "--text",
                                           files.text, "--steps",         "20",      "--clip",    "0.001"};
  const Result table = run(arguments);
  CAPTURE(table.errors);
  REQUIRE(table.code == 0);
  CHECK_THAT(table.output, Contains("layer 1: gradients") && Contains("gradients clipped at 0.001"));
  auto with_files = arguments;
  with_files.insert(with_files.end(), {"--json", "--html", files.html, "--csv", files.csv});
  const Result result = run(with_files);
  REQUIRE(result.code == 0);
  const auto json = nlohmann::json::parse(result.output);
  CHECK(json["model"] == std::string(name_of(cell)));
  CHECK(json["steps"] == 20);
  REQUIRE(json["layers"].size() == 2);
  CHECK(json["layers"][0]["gradients"]["hidden"].size() == 20);
  CHECK(json["layers"][0]["gradients"].contains("cell") == (cell == CellKind::lstm || cell == CellKind::slstm));
  CHECK(json["layers"][0]["bound_per_step"].is_number() == (cell == CellKind::rnn));
  CHECK(json["layers"][0]["within_bound"] == true);
  CHECK(json["clipping"]["clipped"] == json["clipping"]["windows"]);
  CHECK(is_well_formed(files.html));
  CHECK_THAT(program::content_of(files.csv), Contains(",1,gradient,hidden,19,,"));
}

TEST_CASE("inspect --gradient-flow says what is missing or unfit") {
  const Files files(character_model::CellKind::rnn, 1);
  std::ofstream(files.directory / "short") << "ab";
  const auto fails = [&](const std::vector<std::string>& more, int code, const std::string& message) {
    std::vector<std::string> arguments{"inspect", "--model", files.model};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Result result = run(arguments);
    CHECK(result.code == code);
    CHECK_THAT(result.errors, Contains(message));
  };
  const std::string flow = "--gradient-flow";
  fails({flow}, 2, "--text is missing");
  fails({"--html", files.html}, 2, "--html is for inspect --gradient-flow");
  fails({flow, "--text", files.directory / "short"}, 2, "expected at least 3 to see a gradient flow");
  fails({flow, "--text", files.directory / "missing"}, 1, "No such file");
  fails({flow, "--text", files.text, "--steps", "1"}, 2, "--steps");
  fails({flow, "--text", files.text, "--html", files.directory / "no" / "page"}, 1, "no");
  fails({flow, "--text", files.text, "--csv", files.directory.path()}, 1, "directory");
}

TEST_CASE("vanishing_gradient writes its page and its numbers, and keeps what it claims of untrained networks") {
  const TemporaryDirectory directory;
  const std::string html = directory / "page.html", csv = directory / "numbers.csv";
  const Result result = vanishing_gradient({"--updates", "3", "--steps", "40", "--html", html, "--csv", csv});
  CAPTURE(result.output, result.errors);
  CHECK(result.code == 0);
  CHECK_THAT(result.output, Contains("RNN, norm 0.8") && Contains("vanishing") && !Contains("NOT SO"));
  CHECK(is_well_formed(html));
  CHECK_THAT(program::content_of(csv), Contains("LSTM,0,gradient,cell,39,,"));
}
