#include "character_model/model.hpp"
#include "examples/program_runner.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <utf8.h>

#include <csignal>
#include <fstream>

using Catch::Contains;
using program::Result;
using program::run;

namespace {

using Arguments = std::vector<std::string>;

/// A text that is easy to learn, with characters of one to three bytes.
std::string generated_text() {
  std::string text;
  for (int i = 0; i < 400; ++i) {
    text += "The caf\u00e9 opens at " + std::to_string(i % 12) + " o'clock; tea costs ";
    text += std::to_string(i * 7 % 10) + " \u20ac.\n";
  }
  return text;
}

void write(const std::filesystem::path& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

const Arguments small{"--hidden", "24", "--embedding", "8", "--batch",      "4",
                      "--steps",  "16", "--threads",   "2", "--characters", "60000"};

Arguments joined(Arguments first, const Arguments& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

/// A text and a model that has learned it, made once for all tests.
class Trained {
 public:
  static const Trained& instance() {
    static const Trained trained;
    return trained;
  }
  const TemporaryDirectory directory;
  const std::string text = directory / "text.txt", model = directory / "model.safetensors";
  Result result;

 private:
  Trained() {
    write(text, generated_text());
    result = run(joined({"train", "--text", text, "--model", model, "--json"}, small));
  }
};

}  // namespace

TEST_CASE("training learns, keeps a model, and prints one JSON object only") {
  const auto& trained = Trained::instance();
  CAPTURE(trained.result.errors);
  REQUIRE(trained.result.code == 0);
  const auto json = nlohmann::json::parse(trained.result.output);
  CHECK(json["validation_loss"] < 1.0);  // the characters alone have an entropy of about 3 nats
  CHECK(json["characters"] >= 60000);
  CHECK(json["characters"] < 60000 + 64);
  CHECK(json["ended_by"] == "budget");
  CHECK(json["parameters"]
        == nlohmann::json::parse(run({"inspect", "--model", trained.model, "--json"}).output)["parameters"]);
  for (const char* name : {"training_loss", "characters_per_second", "seconds", "epochs"}) CHECK(json[name] > 0);
}

TEST_CASE("without --json the report and a sample come on standard output") {
  const auto& trained = Trained::instance();
  const Result result = run(joined({"train", "--text", trained.text, "--model", trained.directory / "other", "--seed",
                                    "2", "--cell", "gru", "--epochs", "0.5"},
                                   small));
  CHECK(result.code == 0);
  CHECK_THAT(result.output, Contains("held-out loss") && Contains("bits") && Contains("perplexity")
                                && Contains("characters per second") && Contains("sample"));
}

TEST_CASE("windows that overlap learn too, and the report says so") {
  const auto& trained = Trained::instance();
  const Result result = run(joined({"train", "--text", trained.text, "--model", trained.directory / "overlapping",
                                    "--k1", "4", "--k2", "16", "--json"},
                                   small));
  CAPTURE(result.errors);
  REQUIRE(result.code == 0);
  const auto json = nlohmann::json::parse(result.output);
  CHECK(json["validation_loss"] < 1.0);
  CHECK(json["k1"] == 4);
  CHECK(json["k2"] == 16);
  CHECK(json["updates"] > 60000 / (4 * 4) - 20);
  const Result slow = run(joined({"train", "--text", trained.text, "--model", trained.directory / "slow", "--k1", "6",
                                  "--k2", "4", "--characters", "100"},
                                 {small.begin(), small.end() - 2}));
  CHECK(slow.code == 0);
  CHECK_THAT(slow.errors, Contains("learns from the last 4 of every 6") && Contains("make chunks of 2"));
}

TEST_CASE("evaluate finds the loss that training reported, on the same end of the text") {
  const auto& trained = Trained::instance();
  const double reported = nlohmann::json::parse(trained.result.output)["validation_loss"];
  const Result result = run({"evaluate", "--model", trained.model, "--text", trained.text, "--validation", "0.05",
                             "--json", "--threads", "1"});
  REQUIRE(result.code == 0);
  CHECK(nlohmann::json::parse(result.output)["validation_loss"] == Approx(reported).epsilon(1e-5));
  CHECK(run({"evaluate", "--model", trained.model, "--text", trained.text}).code == 0);
}

TEST_CASE("a model is judged with its state carried on, and on windows from zeros, which is a higher loss") {
  const auto& trained = Trained::instance();
  const Arguments arguments{"evaluate", "--model", trained.model, "--text", trained.text};
  const auto loss = [&](const Arguments& more) {
    const Result result = run(joined(joined(arguments, {"--json"}), more));
    CAPTURE(result.errors);
    REQUIRE(result.code == 0);
    return nlohmann::json::parse(result.output)["validation_loss"].get<double>();
  };
  const double carried = loss({"--state", "carried"}), short_windows = loss({"--state", "zeros", "--steps", "16"});
  CHECK(carried < loss({"--state", "zeros", "--steps", "200"}));
  CHECK(loss({"--state", "zeros", "--steps", "200"}) < short_windows);
  CHECK_THAT(run(arguments).output, Contains("state carried on"));
  CHECK_THAT(run(joined(arguments, {"--state=zeros"})).output, Contains("windows of 64 from zeros"));
}

TEST_CASE("training on windows from zeros says so, and is resumed as such only") {
  const auto& trained = Trained::instance();
  const std::string model = trained.directory / "from_zeros", checkpoint = trained.directory / "zeros_checkpoint";
  const Arguments arguments = joined({"train", "--text", trained.text, "--model", model, "--json", "--force"}, small);
  const Result result = run(joined(arguments, {"--state", "zeros", "--checkpoint", checkpoint}));
  CAPTURE(result.errors);
  REQUIRE(result.code == 0);
  const auto json = nlohmann::json::parse(result.output);
  CHECK(json["validation_loss"] < 1.2);
  CHECK(json["judged"] == "windows of 16 from zeros");
  CHECK(run(joined(arguments, {"--state", "zeros", "--resume", checkpoint})).code == 0);
  const Result other = run(joined(arguments, {"--resume", checkpoint}));
  CHECK(other.code == 2);
  CHECK_THAT(other.errors, Contains("batches.streams: none in the checkpoint, \"4\" given"));
}

TEST_CASE("a text from standard input is measured like a file") {
  const auto& trained = Trained::instance();
  const Arguments arguments{"evaluate", "--model", trained.model, "--json", "--text"};
  const auto loss = [](const Result& result) { return nlohmann::json::parse(result.output)["validation_loss"]; };
  const Result piped = run(joined(arguments, {"-"}), {.input = generated_text()});
  REQUIRE(piped.code == 0);
  CHECK(loss(piped) == loss(run(joined(arguments, {trained.text}))));
}

TEST_CASE("generate writes as many characters as asked for, the same for the same seed") {
  const auto& trained = Trained::instance();
  const Arguments arguments{"generate", "--model", trained.model, "--length",     "300",
                            "--seed",   "4",       "--prompt",    "The caf\u00e9"};
  const Result result = run(arguments);
  REQUIRE(result.code == 0);
  REQUIRE(utf8::is_valid(result.output));
  CHECK(utf8::distance(result.output.begin(), result.output.end()) == 300);
  CHECK(run(arguments).output == result.output);
  CHECK(run(joined(arguments, {"--echo"})).output == "The caf\u00e9" + result.output);
  CHECK(run({"generate", "--model", trained.model, "--length", "0"}).output.empty());
  CHECK(run({"generate", "--model", trained.model, "--length", "5", "--prompt", ""}).code == 0);
  // What was learned by heart comes back.
  CHECK(run({"generate", "--model", trained.model, "--length", "8", "--temperature", "0", "--prompt",
             ".\nThe caf\u00e9 "})
            .output
        == "opens at");
}

TEST_CASE("unknown characters of a prompt are named, or skipped") {
  const auto& trained = Trained::instance();
  const Arguments arguments{"generate", "--model", trained.model, "--length", "5", "--prompt", "The Z\u00fc"};
  const Result result = run(arguments);
  CHECK(result.code == 2);
  CHECK_THAT(result.errors, Contains("'Z' (U+005A), '\u00fc' (U+00FC)") && Contains("--unknown skip"));
  CHECK(run(joined(arguments, {"--unknown", "skip"})).output
        == run({"generate", "--model", trained.model, "--length", "5", "--prompt", "The "}).output);
}

TEST_CASE("inspect shows settings, shapes and vocabulary") {
  const Result result = run({"inspect", "--model", Trained::instance().model});
  CHECK(result.code == 0);
  CHECK_THAT(result.output, Contains("lstm") && Contains("recurrent.weight_hh_l0") && Contains("[96, 24]")
                                && Contains("characters: ") && Contains("\u20ac"));
}

TEST_CASE("bytes of any file can be learned, and what is written is valid UTF-8") {
  const TemporaryDirectory directory;
  std::string bytes;
  for (int i = 0; i < 4000; ++i) bytes += static_cast<char>(i * 37 % 256);
  write(directory / "data", bytes);
  const Result result = run(
      joined({"train", "--bytes", "--text", directory / "data", "--model", directory / "m", "--epochs", "1", "--json"},
             small));
  REQUIRE(result.code == 0);
  CHECK(utf8::is_valid(run({"generate", "--model", directory / "m", "--length", "500"}).output));
}

TEST_CASE("a model that exists is replaced only by force") {
  const TemporaryDirectory directory;
  write(directory / "m", "mine");
  const Arguments arguments =
      joined({"train", "--text", Trained::instance().text, "--model", directory / "m", "--epochs", "0.1"}, small);
  const Result refused = run(arguments);
  CHECK(refused.code == 2);
  CHECK_THAT(refused.errors, Contains("exists already") && Contains("--force"));
  CHECK(program::content_of(directory / "m") == "mine");
  CHECK(run(joined(arguments, {"--force"})).code == 0);
  CHECK(run({"inspect", "--model", directory / "m"}).code == 0);
}

TEST_CASE("SIGINT and SIGTERM finish the step, keep the model and say so") {
  const auto [signal, name] = GENERATE(table<int, std::string>({{SIGINT, "SIGINT"}, {SIGTERM, "SIGTERM"}}));
  const TemporaryDirectory directory;
  Arguments arguments =
      joined({"train", "--text", Trained::instance().text, "--model", directory / "m", "--json"}, small);
  arguments.back() = "1000000000";
  program::Running running(arguments);
  REQUIRE(running.has_said("held-out loss"));  // training is under way
  running.send(signal);
  const Result result = running.wait();
  CHECK(result.code == 128 + signal);
  CHECK_THAT(result.errors, Contains(name + ": the update is finished"));
  CHECK(nlohmann::json::parse(result.output)["ended_by"] == name);
  CHECK(run({"generate", "--model", directory / "m", "--length", "5"}).code == 0);
}

TEST_CASE("patience ends training that gets no better") {
  const TemporaryDirectory directory;
  Arguments arguments = joined({"train", "--text", Trained::instance().text, "--model", directory / "m", "--json",
                                "--learning-rate", "0", "--patience", "2", "--evaluate-every", "1000"},
                               small);
  const Result result = run(arguments);
  CHECK(result.code == 0);
  const auto json = nlohmann::json::parse(result.output);
  CHECK(json["ended_by"] == "patience");
  CHECK(json["characters"] < 4000);
  CHECK_THAT(result.errors, Contains("--learning-rate 0 learns nothing"));
}

TEST_CASE("numbers that overflow end with code 4") {
  const auto& trained = Trained::instance();
  auto [description, any] = character_model::load_model(trained.model);
  auto& model = std::get<character_model::Lstm>(any);
  std::fill_n(model.output.weight.mutable_value()->begin(), 24, 3e38f);
  const TemporaryDirectory directory;
  character_model::save_model(directory / "m", model, description);
  const Result evaluated = run({"evaluate", "--model", directory / "m", "--text", trained.text});
  CHECK(evaluated.code == 4);
  CHECK_THAT(evaluated.errors, Contains("error: measure: the loss is "));
  CHECK(evaluated.output.empty());
}

TEST_CASE("an output that cannot be written ends with code 1") {
  const auto& trained = Trained::instance();
  const Result result = run({"generate", "--model", trained.model}, {.output_file = "/dev/full"});
  CHECK(result.code == 1);
  CHECK_THAT(result.errors, Contains("cannot write to standard output: No space left"));
}

TEST_CASE("help and version go to standard output, with code 0") {
  const Arguments arguments =
      GENERATE(Arguments{"--help"}, Arguments{"train", "--help"}, Arguments{"generate", "-h"}, Arguments{"--version"});
  const Result result = run(arguments);
  CHECK(result.code == 0);
  CHECK(result.errors.empty());
  CHECK_THAT(result.output, Contains("character_model") && Catch::EndsWith("\n"));
}

TEST_CASE("training that diverges names the op, the layer and the lines, keeps the best model, and ends with code 4") {
  const TemporaryDirectory directory;
  const std::string model = directory / "model.safetensors";
  // AdamW's decay multiplies the weights by 1 - 1000 * 0.01 each time.
  const Result result = run(
      joined({"train", "--text", Trained::instance().text, "--model", model, "--cell", "lstm", "--layers", "2",
              "--optimizer", "adamw", "--schedule", "constant", "--learning-rate", "1000", "--evaluate-every", "300"},
             small));
  CHECK(result.code == 4);
  CHECK_THAT(result.errors, Contains("training has diverged in update ")
                                && Contains("the first number that is not finite is in the ")
                                && Contains("lstm_cell.hpp:") && Contains("layer 0")
                                && Contains("unrolled at model.hpp:") && Contains("the best model so far is in \""));
  CHECK(run({"evaluate", "--text", Trained::instance().text, "--model", model}).code == 0);
}
