#include "images/options.hpp"

#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/metadata.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace images {

const console::About about{
    .name = "images",
    .version = EXAMPLES_VERSION,
    .text = R"(images: says what an image shows, which it reads as a sequence of patches, rows or pixels

An LSTM reads the steps in both directions, and attention pools what it has understood; pixel by pixel
it goes forward only. It is judged beside the nearest mean image of a class.

Seen on Fashion-MNIST by patches of 4x4, seed 1, after 14 epochs, some 7 minutes on two cores: 88.9 %;
nearest mean image 67.7 %. Fashion-MNIST's own list has 88.8 % for a GRU with an SVM, 89.7 % with dropout, as
submitted. MNIST, rows and pixels have not been measured yet.)",
    .footer =
        R"(exit codes: 0 done, 1 a file cannot be read or written, 2 wrong usage, 3 an image, set or model that is damaged,
            4 worse than --expect, or numbers became infinite, 128 + signal stopped by a signal)"};

namespace {

constexpr std::array<std::string_view, 3> ways{"rows", "patches", "pixels"};

void data_flag(console::Flags& flags, Options& options) {
  flags.text("--data", "DIR", options.data,
             "folder of idx files as MNIST has them, with or without .gz: {train,t10k}-images-idx3-ubyte and "
             "{train,t10k}-labels-idx1-ubyte");
}

void model_flag(console::Flags& flags, Options& options) {
  flags.text("--model", "FILE", options.training.model, "model file");
}

void test_flags(console::Flags& flags, Options& options) {
  flags.text("--page", "FILE", options.page, "page (HTML) of test images to write");
  flags.real("--expect", options.expect, {.low = 0, .high = 100},
             "least accuracy in per cent; below it the program ends with 4");
}

}  // namespace

std::vector<std::string> Settings::names() const {
  std::vector<std::string> names;
  for (std::size_t begin = 0; begin <= classes.size();) {
    const std::size_t end = std::min(classes.find(',', begin), classes.size());
    names.push_back(classes.substr(begin, end - begin));
    begin = end + 1;
  }
  return names;
}

std::map<std::string, std::string> to_metadata(const Settings& settings) {
  return {{"by", std::string(ways[static_cast<std::size_t>(settings.reading.by)])},
          {"patch", unroll::number_text(settings.reading.patch)},
          {"height", unroll::number_text(settings.reading.height)},
          {"width", unroll::number_text(settings.reading.width)},
          {"hidden", unroll::number_text(settings.hidden)},
          {"classes", settings.classes}};
}

Settings settings_in(const std::map<std::string, std::string>& metadata) {
  const auto by = metadata.find("by"), classes = metadata.find("classes");
  const auto way = by == metadata.end() ? ways.end() : std::find(ways.begin(), ways.end(), by->second);
  if (way == ways.end() || classes == metadata.end())
    throw unroll::FileError("the model's file does not say how it reads images, and their classes: it is damaged");
  return {.reading = {.by = static_cast<By>(way - ways.begin()),
                      .patch = unroll::number_in<std::uint64_t>(metadata, "patch"),
                      .height = unroll::number_in<std::uint64_t>(metadata, "height"),
                      .width = unroll::number_in<std::uint64_t>(metadata, "width")},
          .hidden = unroll::number_in<std::uint64_t>(metadata, "hidden"),
          .classes = classes->second};
}

void train_flags(console::Flags& flags, Options& options) {
  Settings& settings = options.settings;
  data_flag(flags, options);
  flags.word("--by", "WAY", settings.reading.by, ways, "what one step of the sequence is");
  flags.whole("--patch", settings.reading.patch, 1, 64, "pixels along each side of a patch");
  flags.whole("--hidden", settings.hidden, 1, 4096, "units of the cell in each direction");
  flags.text("--classes", "NAMES", settings.classes, "names of the classes from label 0 on, with commas between");
  flags.whole("--shift", options.changes.shift, 0, 16, "pixels by which training images are shifted at most");
  flags.flag("--mirror", options.changes.mirror, "mirror half of the training images, left and right");
  flags.whole("--validation", options.validation, 1, 1U << 30U,
              "training images, the last ones, that decide which model is the best");
  test_flags(flags, options);
  add_training_flags(flags, options.training, "images");
}

void evaluate_flags(console::Flags& flags, Options& options) {
  model_flag(flags, options), data_flag(flags, options), test_flags(flags, options);
  flags.flag("--json", options.training.json, "print one JSON object on standard output");
}

void classify_flags(console::Flags& flags, Options& options) {
  model_flag(flags, options);
  flags.operand("FILE", options.file, "a PNG or PGM, scaled to the size of the training's images");
  flags.flag("--dark-on-light", options.dark_on_light,
             "the picture is dark on a light ground; training images are light on a dark one");
}

void expect_data(const console::Flags& flags, Options& options) { flags.require("--data", options.data); }

void expect_file(const console::Flags& flags, Options& options) { flags.require("FILE", options.file); }

}  // namespace images
