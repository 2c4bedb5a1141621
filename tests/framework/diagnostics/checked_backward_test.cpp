#include "support/catch.hpp"
#include "support/messages.hpp"
#include "support/ops.hpp"
#include <unroll/framework/diagnostics/checked_backward.hpp>
#include <unroll/ops.hpp>

using namespace unroll;
using Catch::Contains;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
const float not_a_number = std::numeric_limits<float>::quiet_NaN();

struct Model {
  Parameter<> weight{Tensor<>({2, 2}, 0.5f)}, bias{Tensor<>({2})};
  static void members(auto& self, auto&& visit) { visit("weight", self.weight), visit("bias", self.bias); }
};

/// x / 1, whose rule divides by `divisor`: a user's op that is wrong on the way back.
Variable<> faulty(Variable<> x, float divisor, CallSite site = CallSite::current()) {
  const CalledFrom caller(x.tape(), site);
  const auto y = x.tape().record("faulty", x.shape(), {x});
  std::copy(x.value().begin(), x.value().end(), y.writable());
  y.on_backward([x, y, divisor] {
    for (std::size_t i = 0; i < x.shape().size(); ++i) x.mutable_gradient()[i] += y.upstream()[i] / divisor;
  });
  return y;
}

std::vector<Anomaly> anomalies_of(Variable<> loss) { return find_anomalies(loss, Parameters<>()); }

/// Checks that there is one anomaly, and gives it.
Anomaly only(const std::vector<Anomaly>& found) {
  REQUIRE(found.size() == 1);
  return found[0];
}

}  // namespace

TEST_CASE("the first number of the forward pass that is not finite is found, with its op and line", "[anomaly]") {
  Tape tape;
  const auto x = tape.input(Tensor<>({2, 3}, {1, 2, 3, 4, 0, 6}));
  std::vector<Anomaly> found;
  unsigned line = 0;
  std::string operation;
  SECTION("log of 0") {
    line = CallSite::current().line(), found = anomalies_of(sum(log(x)));
    operation = "log";
  }
  SECTION("0 / 0") {
    line = CallSite::current().line(), found = anomalies_of(sum(tanh(x / x)));
    operation = "/";
  }
  SECTION("overflow of exp") {
    line = CallSite::current().line(), found = anomalies_of(sum(exp(1000 * (1 - x))));
    operation = "exp";
  }
  SECTION("a lambda of the user's") {
    line = CallSite::current().line(), found = anomalies_of(sum(map([](auto a) { return 1 / a; }, x)));
    operation = "map";
  }
  REQUIRE_FALSE(found.empty());
  CHECK(found[0].pass == Pass::forward);
  CHECK(found[0].operation == operation);
  CHECK(found[0].site.line() == line);
  CHECK(found[0].position == 4);
  CHECK_THAT(to_string(found), Contains("the first number that is not finite is in the forward pass, of '" + operation
                                        + "' (checked_backward_test.cpp:" + std::to_string(line) + "): ")
                                   && Contains(" at [1, 1] of [2, 3]"));
}

TEST_CASE("an infinity that becomes NaN later is told with the place where it does", "[anomaly]") {
  Tape tape;
  const auto x = tape.input(Tensor<>({2}, {0, 1}));
  const auto infinite = 1 / x;
  const auto found = anomalies_of(sum(infinite - infinite));
  REQUIRE(found.size() == 2);
  CHECK(found[0].operation == "/");
  CHECK(found[1].operation == "-");
  CHECK_THAT(to_string(found), Contains("of '/' (checked_backward_test.cpp:")
                                   && Contains("): inf at [0] of [2], and the first "
                                               "NaN in the forward pass, of '-'"));
}

TEST_CASE("infinities that come to nothing are no anomalies", "[anomaly]") {
  Tape tape;
  const auto x = tape.input(Tensor<>({1, 3}, {1, 2, 3}));
  const auto masked = x + Tensor<>({1, 3}, {0, -infinity, 0});
  CHECK(anomalies_of(sum(square(softmax(masked)))).empty());
  CHECK(to_string(std::vector<Anomaly>()).empty());
}

TEST_CASE("an infinity that is meant does not hide the one that is not", "[anomaly]") {
  Tape tape;
  const auto x = tape.input(Tensor<>({1, 3}, {1, 2, 3}));
  const auto attention = sum(softmax(x + Tensor<>({1, 3}, {0, -infinity, 0})));
  const auto before = sum(log(x - 1)), after = sum(x);  // finite, before and after
  const auto found = anomalies_of(attention + before + after);
  REQUIRE(found.size() == 2);
  CHECK(found[0].operation == "constant");
  CHECK(found[1].operation == "log");
  CHECK_THAT(to_string(found),
             Contains("-inf at [0, 1] of [1, 3], and the first such gradient in the backward pass, of 'log'"));
}

TEST_CASE("values that are looked at after backward are values", "[anomaly]") {
  Tape tape;
  const auto x = tape.input(Tensor<>({2}, {0, 1}));
  const auto loss = sum(1 / (1 / x));
  tape.backward(loss);
  const auto found = tape.find_nonfinite();
  REQUIRE(found.has_value());
  CHECK(found->operation == "/");
  CHECK(found->pass == Pass::forward);
}

TEST_CASE("a search leaves a checked tape checked, and an unchecked one unchecked", "[anomaly]") {
  const bool checked = GENERATE(true, false);
  Tape tape;
  tape.set_checked(checked);
  CHECK(anomalies_of(sum(tape.input(Tensor<>({1})))).empty());
  CHECK(tape.is_checked() == checked);
  tape.clear();
  CHECK_THROWS_AS(anomalies_of(sum(tape.constant(Tensor<>({1})))), TapeError);
  CHECK(tape.is_checked() == checked);
}

TEST_CASE("what came from outside is named: data, constants and parameters", "[anomaly]") {
  Tape tape;
  const auto bad = Tensor<>({2, 2}, {1, 1, not_a_number, 1});
  CHECK(only(anomalies_of(sum(tape.input(bad)))).operation == "input");
  tape.clear();
  const unsigned line = CallSite::current().line() + 1;
  const Anomaly constant = only(anomalies_of(sum(tape.input(Tensor<>({2, 2})) + bad)));
  CHECK(constant.operation == "constant");
  CHECK(constant.site.line() == line);

  tape.clear();
  Model model;
  model.bias.mutable_value()[1] = infinity;
  const auto found =
      find_anomalies(sum(linear(tape.input(Tensor<>({1, 2})), model.weight, model.bias)), parameters_of(model));
  CHECK(to_string(found)
        == "the first number that is not finite is in the value of parameter 'bias', before the forward pass: inf at "
           "[1] of [2]");
}

TEST_CASE("the rule that first gives a gradient that is not finite is found, with its op and line", "[anomaly]") {
  Tape tape;
  const auto x = tape.input(Tensor<>({2, 3}, {1, 2, 3, 4, 0, 6}));
  std::vector<Anomaly> found;
  unsigned line = 0;
  std::string operation, of = "input";
  SECTION("the slope of sqrt at 0") {
    line = CallSite::current().line(), found = anomalies_of(sum(2 * sqrt(x)));
    operation = "sqrt";
  }
  SECTION("through a view") {
    const auto row = slice(x, 0, 1, 1);
    line = CallSite::current().line(), found = anomalies_of(sum(sqrt(row)));
    operation = "sqrt";
  }
  SECTION("through columns, when others have none") {
    const auto parts = split<3>(x);
    line = CallSite::current().line(), found = anomalies_of(sum(sqrt(parts[1])) + sum(parts[0] * parts[2]));
    operation = "sqrt";
  }
  SECTION("a user's op") {
    line = CallSite::current().line(), found = anomalies_of(sum(2 * faulty(x, 0)));
    operation = "faulty";
  }
  const Anomaly anomaly = only(found);
  CHECK(anomaly.pass == Pass::backward);
  CHECK(anomaly.operation == operation);
  CHECK(anomaly.site.line() == line);
  CHECK(anomaly.tensor == of);
  CHECK(anomaly.shape == Shape{2, 3});
  CHECK(std::isfinite(anomaly.upstream));
  CHECK_THAT(to_string(found), Contains("in the backward pass, of '" + operation + "' (checked_backward_test.cpp:")
                                   && Contains(" of the gradient of 'input' [2, 3], where at most "));
}

TEST_CASE("gradients that go past nodes, or are gathered, are looked at too", "[anomaly]") {
  Model model;
  const auto parameters = parameters_of(model);
  Tape tape;
  SECTION("rows of a table: 2e38 twice is too large") {
    const auto picked = rows(tape, model.weight, Tensor<int>({2}, {1, 1}));
    const Anomaly anomaly = only(find_anomalies(sum(faulty(faulty(picked, 1e-19f), 5e-20f)), parameters));
    CHECK(anomaly.pass == Pass::backward);
    CHECK(anomaly.tensor == "parameter");
    CHECK(anomaly.parameter == "weight");
    CHECK(anomaly.position == 2);
    CHECK(anomaly.upstream == Approx(2e38));
  }
  SECTION("the gradient of a weight, gathered over steps") {
    const auto x = tape.constant(Tensor<>({1, 2}, 1e20f));
    // Each gives the weight 1e20 times 2e18: 2e38, of which two are too large.
    const auto first = faulty(linear(x, model.weight), 5e-19f), second = faulty(linear(x, model.weight), 5e-19f);
    const Anomaly anomaly = only(find_anomalies(sum(first) + sum(second), parameters));
    CHECK(anomaly.pass == Pass::backward);
    CHECK(anomaly.operation == "linear");
    CHECK(anomaly.parameter == "weight");
    CHECK(anomaly.upstream == Approx(2e18));
  }
  SECTION("the weight's own sum only") {
    const auto x = tape.constant(Tensor<>({2, 2}, 1e20f));
    const auto found = find_anomalies(sum(faulty(linear(x, model.weight), 1e-19f)), parameters);
    const Anomaly anomaly = only(found);
    CHECK(anomaly.pass == Pass::backward);
    CHECK(anomaly.parameter == "weight");
    CHECK_THAT(to_string(found), Contains("of the gradient of parameter 'weight' [2, 2]"));
  }
}

TEST_CASE("a sweep that is checked throws at once; one that is not goes on", "[anomaly]") {
  Tape tape;
  for (const bool checked : {false, true}) {
    tape.clear();
    tape.set_checked(checked);
    const auto x = tape.input(Tensor<>({1}));
    const auto loss = sum(sqrt(x));
    if (checked)
      CHECK_THROWS_AS(tape.backward(loss), AnomalyError);
    else
      tape.backward(loss);
  }
  tape.clear();  // and is as good as new
  const auto x = tape.input(Tensor<>({1}, 4.0f));
  tape.backward(sum(sqrt(x)));
  CHECK(x.gradient()[0] == Approx(0.25));
}

TEST_CASE("checked_backward gives loss and gradients, or says where they stop being finite", "[anomaly]") {
  Model model;
  const auto parameters = parameters_of(model);
  Tape tape;
  int recordings = 0;
  float divisor = 1;
  const auto record = [&](Tape<>& on) {
    ++recordings;
    return sum(faulty(linear(on.constant(Tensor<>({1, 2}, 1.0f)), model.weight, model.bias), divisor));
  };
  CHECK(checked_backward(tape, record, parameters) == Approx(2));
  CHECK(recordings == 1);
  CHECK(model.bias.gradient()[0] == 1);

  parameters.zero_gradients();
  divisor = 0;
  const std::string message = message_of<AnomalyError>([&] { checked_backward(tape, record, parameters); });
  CHECK_THAT(message, Contains("a gradient is not finite: the first number that is not finite is in the backward pass, "
                               "of 'faulty' (checked_backward_test.cpp:"));
  CHECK(recordings == 3);
  CHECK(model.bias.gradient()[0] == 0);

  model.weight.mutable_value()[3] = not_a_number;
  CHECK_THAT(message_of<AnomalyError>([&] { checked_backward(tape, record, parameters); }),
             Contains("the loss is nan: ") && Contains("parameter 'weight'") && Contains("nan at [1, 1] of [2, 2]"));
}

TEST_CASE("a step that is finite when it is replayed says so", "[anomaly]") {
  Model model;
  Tape tape;
  float factor = infinity;
  const auto record = [&](Tape<>& on) { return sum(on.use(model.bias)) + std::exchange(factor, 1.0f); };
  CHECK_THAT(message_of<AnomalyError>([&] { checked_backward(tape, record, parameters_of(model)); }),
             Contains("the step was finite when it was recorded once more"));
}
