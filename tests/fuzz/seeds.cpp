#include "character_model/settings.hpp"
#include <unroll/framework/random.hpp>
#include <unroll/framework/safetensors.hpp>
#include <unroll/models/models.hpp>
#include <unroll/models/state_dict.hpp>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

// Writes what the fuzz targets start from, good files of each kind, into a folder for each: fuzz_seeds FOLDER
using namespace unroll;

namespace {

struct Model {
  LstmCell<> lstm{{.inputs = 2, .hidden = 3}, Random(1)};
  Linear<> output{{.inputs = 3, .outputs = 2}, Random(2)};
  static void members(auto& self, auto&& visit) { visit("lstm", self.lstm), visit("output", self.output); }
};

std::filesystem::path folder_for(const std::filesystem::path& root, const char* target) {
  std::filesystem::create_directories(root / target);
  return root / target;
}

void write(const std::filesystem::path& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

}  // namespace

int main(int count, char** words) {
  if (count != 2) return 2;
  const std::filesystem::path root = words[1];

  const auto safetensors = folder_for(root, "safetensors");
  write_safetensors(safetensors / "empty", {});
  write_safetensors(safetensors / "kinds", {{{"a", Tensor<float>({2, 3}, 1)},
                                             {"b", Tensor<double>({1}, 2)},
                                             {"c", Tensor<std::int64_t>({0, 4})},
                                             {"d", Tensor<std::uint8_t>({}, 7)}},
                                            {{"text", "a \"text\""}}});
  save_state_dict(folder_for(root, "state_dict") / "model", Model{});

  const character_model::Description description{
      .settings = {.cell = character_model::CellKind::gru, .layers = 2, .hidden = 5, .embedding = 3, .dropout = 0.25},
      .vocabulary = character_model::Vocabulary(character_model::Units::code_points, {U'a', U'b', 0x1f600})};
  write(folder_for(root, "description") / "gru", character_model::description_to_json(description));

  const auto text = folder_for(root, "text");
  write(text / "bytes", std::string("\0abc\r\n\xff", 7));
  write(text / "code_points",
        "\1\xef\xbb\xbf"
        "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\r\n");

  const auto numbers = folder_for(root, "numbers");
  for (const char* const number : {"64", "0.25", "1e-3", "0x10", "-1", "1e400", "nan", "lstm"})
    write(numbers / number, number);

  // Any bytes are a program of ops; these are a start of a good length.
  const auto programs = folder_for(root, "program");
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    std::string bytes;
    for (std::uint64_t i = 0; i < 40 + 2 * seed; ++i) bytes += static_cast<char>(Random(seed).bits(i) & 0xff);
    write(programs / std::to_string(seed), bytes);
  }
}
