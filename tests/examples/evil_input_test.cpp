#include "character_model/model.hpp"
#include "character_model/options.hpp"
#include "character_model/split.hpp"
#include "character_model/text.hpp"
#include "console/parsing.hpp"
#include "examples/program_runner.hpp"
#include "support/catch.hpp"
#include "support/evil.hpp"
#include "support/temporary_directory.hpp"
#include "support/wanted_file.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/files/atomic_file.hpp>
#include <unroll/framework/files/input_file.hpp>
#include <unroll/framework/optimizers/adam.hpp>
#include <unroll/framework/optimizers/any_optimizer.hpp>
#include <unroll/framework/optimizers/schedule.hpp>
#include <unroll/models/files/state_dict.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <fstream>
#include <functional>

using namespace unroll;
namespace cm = character_model;

namespace {

/// One way to make a message of what comes from outside.
struct Feed {
  std::string how;
  std::function<void()> action;
};

/// Each action must throw, and what it says must be fit for a terminal.
void check(const std::vector<Feed>& feeds) {
  for (const auto& [how, action] : feeds) {
    std::string message;
    try {
      action();
    } catch (const Error& error) {
      message = error.what();
    }
    INFO(how << ": " << quoted(message));
    CHECK(evil::fault_of(message) == std::nullopt);
  }
}

const std::string marks = evil::many(evil::marks), controls = evil::many(evil::controls),
                  bytes = evil::many(evil::bytes);
/// As a name of a tensor may be.
const std::string name = marks.substr(0, 504);

std::string json(const std::string& text) { return nlohmann::json(text).dump(); }

SafetensorsFile parse(const std::string& header, const std::string& data = "") {
  std::string file(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) file[i] = static_cast<char>(header.size() >> (8 * i) & 0xffU);
  file += header + data;
  return parse_safetensors(std::as_bytes(std::span(file)));
}
Feed header(const std::string& how, const std::string& text, const std::string& data = "") {
  return {how, [=] { parse(text, data); }};
}
/// A header with one tensor of this name and these fields.
std::string tensor(const std::string& of, const std::string& fields) { return "{" + json(of) + ":{" + fields + "}}"; }
const std::string scalar = R"("dtype":"F32","shape":[],"data_offsets":[0,4])";

SafetensorsFile file_with(const std::string& of) { return {{{of, Tensor<std::int64_t>({}, 1)}}, {}}; }

}  // namespace

TEST_CASE("headers of safetensors files are refused in words that are fit for a terminal") {
  check({
      {"a file of bytes", [] { parse_safetensors(std::as_bytes(std::span(bytes))); }},
      {"what the caller calls it", [] { parse_safetensors({}, controls); }},
      header("bytes", bytes),
      header("bytes in an object", "{" + bytes),
      header("bytes in a name", "{\"" + bytes + "\""),
      header("controls in a name", "{\"" + controls + "\""),
      header("a long number", R"({"a":{"shape":[1.)" + std::string(10000, '3') + "]}}"),
      header("a name of controls", tensor(controls, scalar)),
      header("a long name", tensor(marks, scalar)),
      header("a name twice", "{" + json(name) + ":{" + scalar + "}," + json(name) + ":{" + scalar + "}}"),
      header("a field", tensor(name, json(controls) + ":1")),
      header("a field twice", tensor(name, R"("dtype":"F32","dtype":"F32")")),
      header("no fields", tensor(name, "")),
      header("a number for a tensor", "{" + json(name) + ":1}"),
      header("a number for a field", tensor(name, R"("dtype":1)")),
      header("too many numbers", tensor(name, R"("shape":[1,1,1,1,1,1,1,1,1])")),
      header("a dtype", tensor(name, R"("shape":[],"data_offsets":[0,4],"dtype":)" + json(controls))),
      header("a shape", tensor(name, R"("dtype":"F32","data_offsets":[0,4],"shape":[18446744073709551615,9])")),
      header("offsets backwards", tensor(name, R"("dtype":"F32","shape":[],"data_offsets":[4,0])")),
      header("a hole", tensor(name, R"("dtype":"F32","shape":[],"data_offsets":[4,8])"), "12345678"),
      header("a size", tensor(name, R"("dtype":"F32","shape":[2],"data_offsets":[0,4])"), "1234"),
      header("metadata twice", "{\"__metadata__\":{" + json(controls) + ":\"\"," + json(controls) + ":\"\"}}"),
      header("metadata of a number", "{\"__metadata__\":{" + json(controls) + ":1}}"),
      header("metadata with null bytes", "{\"__metadata__\":{" + json(controls) + ":\"\\u0000\"}}"),
      header("a metadata name with a null byte", "{\"__metadata__\":{" + json(controls + '\0') + ":\"\"}}"),
      header("a checksum", "{\"__metadata__\":{\"unroll.crc32\":" + json(controls) + "}}"),
      header("a damaged checksum", "{\"__metadata__\":{\"unroll.crc\\u001b\\u007f\":\"\"}}"),
  });
}

TEST_CASE("tensors by name, and modules that do not fit, are refused in words that are fit for a terminal") {
  SafetensorsFile many;
  for (int i = 0; i < 1000; ++i) many.tensors[fmt::format("{:04}{}", i, name)] = Tensor<float>();
  SafetensorsFile other = file_with(name);
  other.source = quoted(std::filesystem::path(bytes));
  LstmCell<> lstm({.inputs = 2, .hidden = 3}, Random(1));
  const TemporaryDirectory directory;
  const auto path = directory / "m";
  check({
      {"a name that is not there", [&] { many.get<float>(bytes); }},
      {"a type", [&] { other.get<float>(name); }},
      {"a module", [&] { load_module(many, lstm); }},
      {"a state dict", [&] { load_state_dict(other, lstm); }},
      {"a name to write", [&] { write_safetensors(path, file_with(controls)); }},
      {"a long name to write", [&] { write_safetensors(path, file_with(marks)); }},
      {"metadata to write",
       [&] {
         write_safetensors(path, {{}, {{"a", bytes}}});
       }},
      {"a name of metadata to write",
       [&] {
         write_safetensors(path, {{}, {{controls + '\0', ""}}});
       }},
      {"an optimizer", [&] { make_optimizer<float>(bytes); }},
      {"a schedule", [&] { make_schedule(bytes, 1); }},
      {"a group twice",
       [&] {
         Adam<>({.groups = {{.prefix = bytes}, {.prefix = bytes}}});
       }},
      {"a rate of a group", [&] { Adam<>({.groups = {{.prefix = bytes, .learning_rate_scale = -1}}}); }},
      {"a group that fits nothing",
       [&] { Adam<>({.groups = {{.prefix = bytes}}}).update(parameters_of<float>(lstm)); }},
  });
}

TEST_CASE("files are refused by name in words that are fit for a terminal") {
  const TemporaryDirectory directory;
  const std::string part = bytes.substr(0, 90);  // a name that a file system takes
  const auto folder = directory / part, missing = directory / bytes;
  std::filesystem::create_directory(folder);
  const auto file = folder / "file", link = directory / ("l" + part);
  std::ofstream(file) << "content";
  std::filesystem::create_symlink("nowhere", link);
  const LstmCell<> lstm({.inputs = 2, .hidden = 3}, Random(1));
  save_state_dict(folder / "state", lstm);
  check({
      {"a missing file", [&] { read_file(missing); }},
      {"a directory", [&] { read_file(folder); }},
      {"a large file", [&] { read_file(file, 3); }},
      {"no safetensors", [&] { read_safetensors(file); }},
      {"no safetensors, header", [&] { read_safetensors_header(file); }},
      {"a missing directory", [&] { expect_writable(missing / "file"); }},
      {"no directory", [&] { expect_writable(file / "file"); }},
      {"a directory to write", [&] { expect_writable(folder); }},
      {"a link to nowhere", [&] { expect_writable(link); }},
      {"a long name", [&] { expect_writable(missing); }},
      {"a file that a flag names", [&] { support::write_if_wanted(missing, "text"); }},
      {"a state dict",
       [&] {
         Linear<> linear{{.inputs = 1, .outputs = 1}, Random(1)};
         load_state_dict(folder / "state", linear);
       }},
      {"a text", [&] { cm::open_text(missing, cm::CharacterUnit::byte); }},
      {"no model", [&] { cm::load_model(file); }},
      {"the model of another", [&] { cm::load_model(folder / "state"); }},
      {"a missing model", [&] { cm::read_model_file(missing); }},
  });
}

TEST_CASE("what a model says of itself is refused in words that are fit for a terminal") {
  const cm::Description good{.settings = {}, .vocabulary = cm::Vocabulary(cm::CharacterUnit::code_point, {U'a', U'b'})};
  const auto changed = [&](const char* member, const nlohmann::json& value) -> Feed {
    auto description = nlohmann::json::parse(cm::description_to_json(good));
    description[member] = value;
    return {member, [text = description.dump()] { cm::description_from_json(text); }};
  };
  const auto vocabulary = [](const nlohmann::json& value) -> Feed {
    return {"vocabulary", [text = value.dump()] { cm::vocabulary_from_json(text); }};
  };
  const nlohmann::json list = nlohmann::json::array({controls, marks}), object = {{controls, marks}};
  std::vector<Feed> feeds{
      {"no JSON", [] { cm::description_from_json(bytes); }},
      {"a name twice", [] { cm::description_from_json("{" + json(controls) + ":1," + json(controls) + ":1}"); }},
      vocabulary(controls),
      vocabulary({{"units", controls}, {"characters", list}}),
      vocabulary({{"units", "bytes"}, {"characters", list}}),
      vocabulary({{"units", "code points"}, {"characters", {0x202e, 0x9b}}}),
      vocabulary({{"units", "code points"}, {"characters", {0xd800}}}),
  };
  for (const char* const member : {"format_version", "cell", "layers", "hidden", "embedding", "dropout", "start"})
    for (const auto& value : {nlohmann::json(controls), list, object, nlohmann::json(-1e300)})
      feeds.push_back(changed(member, value));
  check(feeds);
}

TEST_CASE("texts are refused, and noticed, in words that are fit for a terminal") {
  using cm::CharacterUnit;
  const cm::Vocabulary vocabulary(CharacterUnit::code_point, {U'a'});
  const auto unknown = [&](const std::string& text, const std::string& what) {
    TextFile given(text, "x");
    cm::encode(vocabulary, given, cm::Unknown::error, what);
  };
  check({
      {"UTF-16", [] { TextFile("\xff\xfe", bytes); }},
      {"no UTF-8", [] { TextFile("a\xff", bytes); }},
      {"an empty text", [] { cm::expect_long_enough(bytes, 0, 0, 1, 1, "--steps"); }},
      {"a short text", [] { cm::expect_long_enough(bytes, 5, 0, 9, 9, "--steps"); }},
      {"few characters held out", [] { cm::expect_long_enough(bytes, 1000, 1e-6, 1, 1, "--steps"); }},
      {"unknown controls", [&] { unknown(controls, "--prompt"); }},
      {"unknown marks", [&] { unknown(marks, "--prompt"); }},
  });
  for (const auto& text : {std::string("\xef\xbb\xbf") + "a", controls, marks, std::string(9, '\0')}) {
    const TextFile given(text, bytes);
    for (const auto& notice : given.notices()) CHECK(evil::fault_of(notice) == std::nullopt);
  }
}

TEST_CASE("every character is described in words that are fit for a terminal") {
  for (char32_t character = 0; character < 0x30000; ++character)
    if (is_scalar_value(character)) REQUIRE_FALSE(evil::fault_of(cm::describe_character(character)));
}

TEST_CASE("command lines are refused in words that are fit for a terminal") {
  const auto command = [](const std::vector<std::string>& words) -> Feed {
    return {words[0], [=] {
              std::vector<const char*> arguments;
              for (const auto& word : words) arguments.push_back(word.c_str());
              cm::parse_command(arguments);
            }};
  };
  constexpr std::array<std::string_view, 2> words{"one", "two"};
  const ArgumentRange range{.low = 0, .high = 1};
  check({
      {"a whole number", [] { console::parse_whole("--n", bytes, 1, 9); }},
      {"a number", [&] { console::parse_real("--x", bytes, range); }},
      {"a long number", [&] { console::parse_real("--x", std::string(10000, '9'), range); }},
      {"a small number", [&] { console::parse_real("--x", "1" + std::string(10000, '0') + "e-99999", range); }},
      {"a word", [&] { console::parse_word("--word", bytes, words); }},
      command({bytes}),
      command({"-" + bytes}),
      command({"train", bytes}),
      command({"train", "--" + bytes}),
      command({"train", "--json=" + bytes}),
      command({"train", "--cell", bytes}),
      command({"train", "--seed=" + bytes}),
      command({"train", "--epochs=" + bytes}),
      command({"train", "--clip=" + bytes}),
      command({"train", "--text", bytes, "--text", bytes}),
      command({"train", "--text", "--model=" + bytes}),
  });
}

TEST_CASE("the program says nothing that a terminal would obey, whatever it is given") {
  const TemporaryDirectory directory;
  const std::string part = bytes.substr(0, 90), model = directory / ("m" + part), book = directory / ("b" + part);
  std::ofstream(book) << std::string(500, 'a') << std::string(500, 'b');
  const auto text = directory / "text";
  std::ofstream(text) << evil::many("abcdefg \u202e\u009b");
  using Arguments = std::vector<std::string>;
  const Arguments small{"--hidden=4", "--embedding=4", "--batch=2", "--steps=8", "--characters=100", "--validation=0"};
  const auto with = [&](Arguments arguments) {
    if (arguments[0] == "train") arguments.insert(arguments.end(), small.begin(), small.end());
    return arguments;
  };
  struct Run {
    Arguments arguments;
    int code;
  };
  for (const auto& [arguments, code] : std::vector<Run>{
           {{"train", "--text", bytes}, 1},
           {{"train", "--text", book, "--model", bytes}, 1},
           {{"train", "--text", book, "--model", model}, 0},
           {{"train", "--text", book, "--model", model}, 2},
           {{"train", "--text", book, "--model", book, "--force"}, 2},
           {{"train", "--text", book, "--model", model, "--force", "--json"}, 0},
           {{"inspect", "--model", model}, 0},
           {{"evaluate", "--model", model, "--text", text}, 2},
           {{"generate", "--model", model, "--prompt", controls}, 2},
           {{"generate", "--model", model, "--prompt", bytes}, 2},
           {{"inspect", "--model", model, "--gradient-flow", "--text", book, "--html", bytes}, 1},
           {{"inspect", "--model", book}, 3},
       }) {
    const program::Result result = program::run(with(arguments));
    INFO(quoted(result.errors));
    CHECK(result.code == code);
    CHECK(evil::fault_of("." + result.errors) == std::nullopt);
    CHECK(evil::fault_of("." + result.output) == std::nullopt);
  }
}

TEST_CASE("inspect shows names of tensors so that a terminal does not obey them") {
  const TemporaryDirectory directory;
  const cm::Description description{.settings = {},
                                    .vocabulary = cm::Vocabulary(cm::CharacterUnit::code_point, {0x9b, 0x202e})};
  SafetensorsFile file = file_with(name);
  file.metadata["character_model"] = cm::description_to_json(description);
  write_safetensors(directory / "m", file);
  for (const bool json_wanted : {false, true}) {
    std::vector<std::string> arguments{"inspect", "--model", directory / "m"};
    if (json_wanted) arguments.emplace_back("--json");
    const program::Result result = program::run(arguments);
    CHECK(result.code == 0);
    INFO(quoted(result.output));
    CHECK(evil::fault_of(result.output) == std::nullopt);
  }
}
