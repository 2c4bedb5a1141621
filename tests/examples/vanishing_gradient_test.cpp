#include "examples/program_runner.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"
#include "vanishing_gradient/claims.hpp"
#include "vanishing_gradient/experiment.hpp"
#include "vanishing_gradient/report.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

using namespace vanishing_gradient;
using Catch::Contains;
using program::Result;

namespace {

Result run_program(const std::vector<std::string>& arguments, const std::string& output_file = {}) {
  return program::run(arguments, {.output_file = output_file, .program = VANISHING_GRADIENT_PROGRAM});
}

/// A gradient that is multiplied by `factor` at each of 50 steps.
unroll::flow::NamedFlow decaying(double factor) {
  unroll::LayerFlow layer{.states = {{.name = "hidden", .gradient = {1}}},
                          .jacobians = {},
                          .decay = {},
                          .bound = 1.1 * factor,
                          .gates = {}};
  for (std::size_t distance = 1; distance < 50; ++distance)
    layer.jacobians.push_back({49, distance, std::pow(factor, distance), std::pow(factor, distance)});
  layer.decay = fit_decay(layer.jacobians);
  return {"made", {.steps = 50, .batch = 1, .layers = {layer}, .clipping = {}, .denormals = {}}};
}

/// As theory wants it, unless the accuracy of one is another.
std::vector<Outcome> outcomes(std::size_t changed = 0, std::optional<double> accuracy = 0.25) {
  constexpr double factors[]{0.7, 0.7, 0.9, 0.9, 1, 1, 1, 1};
  constexpr double accuracies[]{0.25, 0.25, 0.4, 0.5, 0.3, 0.9, 1, 1};
  std::vector<Outcome> made;
  for (std::size_t i = 0; i < 8; ++i)
    made.push_back({.contender = contenders()[i],
                    .before = decaying(factors[i]),
                    .after = decaying(factors[i]),
                    .accuracy = accuracies[i]});
  made[changed].accuracy = accuracy;
  return made;
}

std::vector<std::string> broken(const std::vector<Outcome>& outcomes) {
  std::vector<std::string> words;
  for (const Claim& claim : claims_of(outcomes, Plan{}))
    if (!claim.holds) words.push_back(claim.words);
  return words;
}

}  // namespace

TEST_CASE("claims hold for outcomes as theory wants them, and each can be broken") {
  CHECK(claims_of(outcomes(), Plan{}).size() == 6);
  CHECK(broken(outcomes()).empty());
  const auto one_broken = [](const std::vector<Outcome>& made, const std::string& words) {
    const auto found = broken(made);
    REQUIRE(found.size() == 1);
    CHECK_THAT(found[0], Contains(words));
  };
  one_broken(outcomes(1, 0.6), "recalled below the critical norm: 60 %");
  one_broken(outcomes(4, 0.8), "recalled at norm 1.5 without clipping: 80 %; with it: 90 %");
  one_broken(outcomes(6, 0.9), "by the LSTM: 90 %; by the GRU: 100 %");
  auto made = outcomes();
  made[2].before = decaying(0.6);
  one_broken(made, "The larger the norm, the less is lost: 0.700, 0.600 and 1.000");
  made = outcomes();
  made[3].after.flow.layers[0].bound = 0.5;
  one_broken(made, "No Jacobian");
}

TEST_CASE("a contender that has diverged has recalled nothing, and is said to have diverged") {
  CHECK(recalled(outcomes(4, std::nullopt)[4]) == "diverged");
  // That is what theory wants of a large norm without clipping, and of no other.
  CHECK(broken(outcomes(4, std::nullopt)).empty());
  CHECK_THAT(claims_of(outcomes(4, std::nullopt), Plan{})[4].words,
             Contains("without clipping: diverged; with it: 90"));
  for (const std::size_t other : {1, 5, 6, 7}) {
    CAPTURE(other);
    REQUIRE(broken(outcomes(other, std::nullopt)).size() == 1);
    CHECK_THAT(broken(outcomes(other, std::nullopt))[0], Contains("diverged"));
  }
  CHECK_THAT(to_text(outcomes(4, std::nullopt), {}, Plan{}),
             Contains("RNN, norm 1.5" + std::string(21, ' ') + "diverged"));
}

TEST_CASE("a contender whose numbers become infinite has no accuracy") {
  const Contender wild{.name = "wild", .norm = 1e39};  // infinite as a float
  CHECK(run_contender(wild, {.steps = 10, .batch = 2, .hidden = 4, .updates = 20}).accuracy == std::nullopt);
  const Contender tame{.name = "tame", .norm = 0.5, .clip = 1};
  CHECK(run_contender(tame, {.steps = 10, .batch = 2, .hidden = 4, .updates = 20}).accuracy.has_value());
}

TEST_CASE("nothing is claimed of what has no time to come about") {
  const auto claims = [](std::uint64_t steps, std::uint64_t updates) {
    return claims_of(outcomes(), {.steps = steps, .updates = updates}).size();
  };
  CHECK(claims(50, 600) == 6);
  CHECK(claims(50, 599) == 3);
  CHECK(claims(40, 600) == 3);
  CHECK(claims(1000, 600) == 3);
  CHECK(claims(25, 600) == 3);
  CHECK(claims(24, 600) == 1);
}

TEST_CASE("vanishing_gradient ends with 0 when what it claims of few steps holds") {
  const Result result = run_program({"--updates", "1", "--steps", "5", "--html", ""});
  CHECK(result.code == 0);
  CHECK_THAT(result.output, Contains("No Jacobian is larger") && !Contains("vanish:"));
}

TEST_CASE("vanishing_gradient refuses wrong usage with code 2 and one line") {
  struct Bad {
    std::vector<std::string> arguments;
    std::string message;
  };
  const Bad bad = GENERATE(values<Bad>({{{"--seed", "-5"}, R"(--seed: "-5" given, expected a whole number from 0)"},
                                        {{"--seed=18446744073709551616"}, "--seed"},
                                        {{"--steps=0x10"}, "--steps"},
                                        {{"--steps=1"}, "from 2 to 1000"},
                                        {{"--update=3"}, "did you mean --updates?"},
                                        {{"--nonsense"}, "unknown flag"}}));
  const Result result = run_program(bad.arguments);
  CAPTURE(result.errors);
  CHECK(result.code == 2);
  CHECK(result.output.empty());
  CHECK_THAT(result.errors, Catch::StartsWith("vanishing_gradient: error: ") && Contains(bad.message));
  CHECK(std::count(result.errors.begin(), result.errors.end(), '\n') == 1);
}

TEST_CASE("vanishing_gradient ends with 1 when its output or a file cannot be written") {
  CHECK(run_program({"--updates", "1", "--steps", "3", "--html", ""}, "/dev/full").code == 1);
  const Result unwritable = run_program({"--html", "/no/such/folder/page.html"});
  CHECK(unwritable.code == 1);
  CHECK_THAT(unwritable.errors, Contains("/no/such/folder"));
}

TEST_CASE("--help of vanishing_gradient states what is expected, and the exit codes") {
  const Result help = run_program({"--help"});
  CHECK(help.code == 0);
  CHECK_THAT(help.output, Contains("Expected") && Contains("with --steps 50 and --updates 600 or more")
                              && Contains("exit codes: 0"));
}
