#include "character_model/options.hpp"

#include "support/catch.hpp"
#include <unroll/framework/errors/error.hpp>

#include <cmath>

using namespace character_model;
using Catch::Contains;

namespace {

Command parse(const std::vector<const char*>& arguments) { return parse_command(arguments); }

TrainOptions train(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), {"train", "--text", "book.txt"});
  return std::get<TrainOptions>(parse(arguments));
}

}  // namespace

TEST_CASE("training has defaults for everything but the text") {
  const TrainOptions options = train({});
  CHECK(options.text == "book.txt");
  CHECK(options.settings == Settings{.cell = CellKind::lstm, .layers = 1, .hidden = 256, .embedding = 64});
  CHECK(options.budget.items.has_value());
  CHECK_THROWS_WITH(parse({"train"}), Contains("--text is missing"));
}

TEST_CASE("every flag of training reaches its option") {
  const TrainOptions options = train({"--model=m",
                                      "--cell=gru",
                                      "--layers=2",
                                      "--hidden=7",
                                      "--embedding=5",
                                      "--dropout=0.5",
                                      "--batch=3",
                                      "--steps=4",
                                      "--epochs=1.5",
                                      "--minutes=2",
                                      "--patience=6",
                                      "--evaluate-every=99",
                                      "--optimizer=sgd",
                                      "--schedule=constant",
                                      "--learning-rate=0.1",
                                      "--clip=off",
                                      "--validation=0.1",
                                      "--seed=18446744073709551615",
                                      "--threads=2",
                                      "--bytes",
                                      "--force",
                                      "--json"});
  CHECK(options.model == "m");
  CHECK(options.settings == Settings{.cell = CellKind::gru, .layers = 2, .hidden = 7, .embedding = 5, .dropout = 0.5});
  CHECK(options.batch == 3);
  CHECK(options.steps == 4);
  CHECK(options.budget.epochs == 1.5);
  CHECK(options.budget.seconds == 120);
  CHECK(options.budget.items == std::nullopt);  // the default gives way to a budget that is given
  CHECK(options.patience == 6);
  CHECK(options.evaluate_every == 99);
  CHECK(options.optimizer == "sgd");
  CHECK(options.schedule == "constant");
  CHECK(options.learning_rate == 0.1);
  CHECK(std::isinf(options.clip));
  CHECK(options.validation == 0.1);
  CHECK(options.seed == 18446744073709551615u);
  CHECK(options.threads == 2);
  CHECK((options.bytes && options.force && options.json));
  CHECK(train({"--characters", "+10"}).budget.items == 10);
  CHECK(options.state == WindowState::carried);
  CHECK(train({"--state=zeros", "--steps=9"}).state == WindowState::zeros);
}

TEST_CASE("updates come every --k1 characters and go back over --k2, each --steps unless it is given") {
  const auto truncation_of = [](const std::vector<const char*>& arguments) {
    const unroll::Truncation truncation = train(arguments).truncation();
    return std::pair{truncation.k1, truncation.k2};
  };
  CHECK(truncation_of({}) == std::pair<std::size_t, std::size_t>{64, 64});
  CHECK(truncation_of({"--steps=20"}) == std::pair<std::size_t, std::size_t>{20, 20});
  CHECK(truncation_of({"--k1=16"}) == std::pair<std::size_t, std::size_t>{16, 64});
  CHECK(truncation_of({"--k2=128", "--steps=32"}) == std::pair<std::size_t, std::size_t>{32, 128});
  CHECK(truncation_of({"--k1", "5", "--k2", "1"}) == std::pair<std::size_t, std::size_t>{5, 1});
  CHECK_THROWS_WITH(train({"--k1=0"}), Contains(R"(--k1: "0" given, expected a whole number from 1 to 1000000)"));
  CHECK_THROWS_WITH(train({"--k2", "-1"}), Contains(R"(--k2: "-1" given, expected a whole number from 1)"));
  CHECK_THROWS_WITH(train({"--k2=2.5"}), Contains(R"(--k2: "2.5" given)"));
}

TEST_CASE("the other commands have their flags") {
  const auto generate =
      std::get<GenerateOptions>(parse({"generate", "--model", "m", "--prompt", "", "--length", "0", "--temperature",
                                       "0", "--top-k", "3", "--top-p", "0.9", "--seed", "0", "--unknown", "skip"}));
  CHECK(generate.prompt.empty());
  CHECK(generate.length == 0);
  CHECK(generate.sampling.temperature == 0);
  CHECK(generate.sampling.top_k == 3);
  CHECK(generate.sampling.top_p == 0.9);
  CHECK(generate.seed == 0);
  CHECK(generate.unknown == Unknown::skip);
  CHECK(std::get<GenerateOptions>(parse({"generate", "--prompt=-x"})).prompt == "-x");
  CHECK(std::get<GenerateOptions>(parse({"generate", "--prompt=", "--length", "5"})).length == 5);
  const auto evaluate = std::get<EvaluateOptions>(parse({"evaluate", "--text", "t", "--validation", "0.05"}));
  CHECK(evaluate.text == "t");
  CHECK(evaluate.validation == 0.05);
  CHECK(evaluate.state == WindowState::carried);
  CHECK(std::get<EvaluateOptions>(parse({"evaluate", "--text=t", "--state=zeros"})).state == WindowState::zeros);
  CHECK(std::get<InspectOptions>(parse({"inspect", "--json"})).json);
}

TEST_CASE("what goes by the held-out loss is accepted with one, and without it what does not") {
  CHECK(train({"--schedule=plateau", "--patience=3"}).patience == 3);
  CHECK(train({"--validation=0", "--evaluate-every=1000"}).evaluate_every == 1000u);  // how often it is kept
  CHECK(train({"--evaluate-every=0", "--patience=0"}).evaluate_every == 0u);
}

TEST_CASE("help and version are text for standard output") {
  CHECK_THAT(std::get<Information>(parse({"--help"})).text, Contains("usage:") && Contains("exit codes"));
  CHECK_THAT(std::get<Information>(parse({"--version"})).text, Contains("character_model 0."));
  const char* const command = GENERATE("train", "evaluate", "generate", "inspect");
  CHECK_THAT(std::get<Information>(parse({command, "--help"})).text, Contains("--model FILE"));
}

TEST_CASE("bad arguments are named, with what is expected") {
  struct Case {
    std::vector<const char*> arguments;
    std::string message;
  };
  const auto [arguments, message] = GENERATE(values<Case>({
      {{}, "no command given"},
      {{"trian"}, "did you mean train?"},
      {{"Train"}, "did you mean train?"},
      {{"--text", "x"}, "before a command"},
      {{"train", "--hidden=-5"}, R"(--hidden: "-5" given, expected a whole number from 1 to 65536)"},
      {{"train", "--hidden", "-5"}, R"(--hidden: "-5" given)"},
      {{"train", "--hidden=0"}, "from 1 to 65536"},
      {{"train", "--hidden=99999999999999999999999"}, "from 1 to 65536"},
      {{"train", "--hidden=0x10"}, "from 1 to 65536"},
      {{"train", "--seed=-1"}, R"(--seed: "-1" given)"},
      {{"train", "--seed=18446744073709551616"}, "--seed"},
      {{"train", "--epochs"}, "--epochs: nothing given, expected a value: --epochs X"},
      {{"train", "--hidden="}, R"(--hidden: "" given, expected a whole number)"},
      {{"train", "--hidden", "1", "--hidden", "2"}, R"(--hidden: "2" given after "1", expected one value)"},
      {{"train", "--text=t", "--model="}, R"(--model: "" given, expected a file)"},
      {{"generate", "--model", ""}, R"(--model: "" given, expected a file)"},
      {{"train", "--hidde=3"}, R"(unknown flag "--hidde" (did you mean --hidden?))"},
      {{"train", "--nope"}, R"(unknown flag "--nope" (see)"},
      {{"train", "book.txt"}, R"("book.txt" stands alone)"},
      {{"train", "--learning-rate=nan"}, "--learning-rate"},
      {{"train", "--learning-rate=1e-400"}, "becomes 0"},
      {{"train", "--learning-rate=0x1p3"}, "--learning-rate"},
      {{"train", "--learning-rate=1,5"}, "--learning-rate"},
      {{"train", "--learning-rate=1e30"}, "from 0 to 1000"},
      {{"train", "--dropout=1"}, "from 0 to 1 (not included)"},
      {{"train", "--clip=0"}, "from 0 (not included)"},
      {{"train", "--cell=lstn"}, "did you mean lstm?"},
      {{"train", "--optimizer=Adam"}, "did you mean adam?"},
      {{"train", "--schedule=linea"}, "--schedule"},
      {{"train", "--threads=10000"}, "from 0 to 256"},
      {{"train", "--validation=1"}, "from 0 to 0.9"},
      {{"train", "--json=maybe"}, "maybe"},
      {{"generate", "--temperature=-1"}, "from 0 to"},
      {{"generate", "--temperature=nan"}, "from 0 to"},
      {{"generate", "--top-p=0"}, "from 0 (not included) to 1"},
      {{"generate", "--top-p=1.1"}, "to 1"},
      {{"generate", "--top-k=-1"}, "--top-k"},
      {{"generate", "--length=-1"}, "--length"},
      {{"generate", "--length=1000000000000000000"}, "--length"},
      {{"generate", "--unknown=unk"}, "error, skip"},
      {{"evaluate"}, "--text is missing"},
      {{"train", "--text=t", "--schedule=plateau", "--validation=0"},
       "--schedule plateau goes by the held-out loss while training, which --validation 0 leaves out"},
      {{"train", "--text=t", "--patience=3", "--validation=0"}, "--patience 3 goes by the held-out loss"},
      {{"train", "--text=t", "--patience=3", "--evaluate-every=0"}, "which --evaluate-every 0 leaves out"},
      {{"train", "--text=t", "--schedule=plateau", "--evaluate-every=0"}, "which --evaluate-every 0 leaves out"},
      {{"train", "--text=t", "--state=zeros", "--k1=4"}, "--k1 is for streams (--state carried), but --state zeros"},
      {{"train", "--text=t", "--state=zeros", "--k2=4"}, "--k2 is for streams"},
      {{"evaluate", "--state=zero"}, "did you mean zeros?"},
      {{"inspect", "--batch=8"}, "--batch is for inspect --gradient-flow, which was not given"},
      {{"inspect", "--steps=64"}, "--steps is for inspect --gradient-flow"},
      {{"inspect", "--clip=off"}, "--clip is for inspect --gradient-flow"},
      {{"inspect", "--unknown=error"}, "--unknown is for inspect --gradient-flow"},
      {{"inspect", "--text", ""}, "--text is for inspect --gradient-flow"},
  }));
  CAPTURE(message);
  CHECK_THROWS_AS(parse(arguments), unroll::ArgumentError);
  CHECK_THROWS_WITH(parse(arguments), Contains(message) && !Contains("\n"));
}
