#include "support/catch.hpp"
#include "support/messages.hpp"
#include "support/thread_processes.hpp"
#include "support/training_models.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/models/trainer/process_agreement.hpp>

using namespace unroll;
using namespace unroll::testing;
using Catch::Contains;

namespace {

/// The message of the Error that check(communicator) throws in each of three processes; empty where it throws none.
template <class Error>
std::vector<std::string> messages_of_three(const auto& check) {
  std::vector<std::string> messages(3);
  ThreadProcesses(3).run([&](const Communicator& own) {
    try {
      check(own);
    } catch (const Error& error) {
      messages[own.process()] = error.what();
    }
  });
  return messages;
}

}  // namespace

TEST_CASE("what the first process finds reaches all, and so does the text of what it throws") {
  std::vector<std::string> texts(3);
  ThreadProcesses(3).run([&](const Communicator& own) {
    texts[own.process()] = detail::text_of_first(own, [&] { return "found by " + std::to_string(own.process()); });
  });
  CHECK(texts == std::vector<std::string>(3, "found by 0"));
  const auto messages = messages_of_three<Error>([](const Communicator& own) {
    detail::text_of_first(own, []() -> std::string { throw IoError("no such file"); });
  });
  CHECK(messages == std::vector<std::string>(3, "no such file"));
  CHECK(detail::text_of_first({}, [] { return "alone"; }) == "alone");
}

TEST_CASE("processes that have other settings are told which, with both values, in each of them") {
  const auto messages = messages_of_three<ArgumentError>([](const Communicator& own) {
    std::map<std::string, std::string> settings{{"seed", "1"}, {"batch", "32"}};
    if (own.process() == 1) settings["seed"] = "2";
    if (own.process() == 2) settings.erase("batch"), settings["text"] = "a";
    detail::expect_same_settings(own, settings);
  });
  for (const std::string& message : messages)
    CHECK_THAT(message, Contains("fit: the processes do not train the same model")
                            && Contains("\n  seed: \"1\" in process 0, \"2\" in process 1")
                            && Contains("\n  batch: \"32\" in process 0, none in process 2")
                            && Contains("\n  text: none in process 0, \"a\" in process 2"));
}

TEST_CASE("processes that have the same settings and weights go on, and so does one alone") {
  const auto messages = messages_of_three<Error>([](const Communicator& own) {
    Line model;
    detail::expect_same_settings(own, {{"seed", "1"}});
    detail::expect_same_weights(own, Parameters<>(model), 3);
  });
  for (const std::string& message : messages) CHECK(message.empty());
  Line model;
  CHECK_NOTHROW(detail::expect_same_settings({}, {{"seed", "1"}}));
  CHECK_NOTHROW(detail::expect_same_weights({}, Parameters<>(model), 3));
}

TEST_CASE("a process whose weights differ in one bit is found") {
  const auto messages = messages_of_three<Error>([](const Communicator& own) {
    Line model;
    auto& weight = (*model.layer.weight.mutable_value())[0];
    if (own.process() == 2) weight = std::nextafter(weight, 2.0f);
    detail::expect_same_weights(own, Parameters<>(model), 300);
  });
  for (const std::string& message : messages)
    CHECK_THAT(message, Contains("fit: after 300 updates process 2 has other weights than process 0"));
}
