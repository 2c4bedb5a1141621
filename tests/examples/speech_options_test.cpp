#include "speech/options.hpp"
#include "support/catch.hpp"
#include "support/messages.hpp"
#include <unroll/framework/errors/error.hpp>

using Catch::Contains;
using namespace speech;

namespace {

Options parsed(const std::vector<const char*>& arguments, void (*add)(console::Flags&, Options&),
               void (*complete)(const console::Flags&, Options&)) {
  Options options;
  console::Flags flags("speech", "");
  add(flags, options);
  flags.parse(arguments);
  complete(flags, options);
  return options;
}

}  // namespace

TEST_CASE("the settings of a model of speech are read again from its metadata") {
  const Settings settings{
      .hidden = 7, .layers = 3, .filters = 20, .streams = true, .rate = 8000, .letters = " ab", .most_frequent = "ab"};
  const Settings again = settings_in(to_metadata(settings));
  CHECK(to_metadata(again) == to_metadata(settings));
  CHECK((again.hidden == 7 && again.layers == 3 && again.filters == 20 && again.streams && again.rate == 8000));
  CHECK((again.letters == " ab" && again.most_frequent == "ab"));
}

TEST_CASE("metadata without settings of speech, or with impossible ones, are refused") {
  const auto refusal = [](const std::string& name, const std::string& value) {
    auto metadata = to_metadata({.rate = 8000, .letters = "a", .most_frequent = "a"});
    value.empty() ? static_cast<void>(metadata.erase(name)) : static_cast<void>(metadata[name] = value);
    return message_of<unroll::FileError>([&] { settings_in(metadata); });
  };
  CHECK_THAT(refusal("hidden", "99999999"), Contains("a model whose hidden is 99999999"));
  CHECK_THAT(refusal("layers", "0"), Contains("a model whose layers is 0"));
  CHECK_THAT(refusal("filters", "x"), Contains("filters"));
  CHECK_THAT(refusal("letters", ""), Contains("a model without letters"));
  CHECK_THAT(refusal("rate", ""), Contains("rate"));
}

TEST_CASE("a list of words brings a beam, and data and files must be named") {
  CHECK(parsed({"--data", "d", "--words", "w"}, train_flags, expect_data).beam == 16);
  CHECK(parsed({"--data", "d", "--words", "w", "--beam", "3"}, train_flags, expect_data).beam == 3);
  CHECK(parsed({"--data", "d"}, evaluate_flags, expect_data).beam == 0);
  CHECK(parsed({"-"}, transcribe_flags, expect_file).file == "-");
  CHECK_THAT(message_of<unroll::ArgumentError>([] { parsed({}, train_flags, expect_data); }),
             Contains("--data is missing"));
  CHECK_THAT(message_of<unroll::ArgumentError>([] { parsed({}, transcribe_flags, expect_file); }),
             Contains("FILE is missing"));
}
