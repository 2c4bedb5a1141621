#include "character_model/settings.hpp"
#include <unroll/framework/files/safetensors.hpp>
#include <unroll/framework/files/safetensors_header.hpp>
#include <unroll/framework/tensor/random.hpp>
#include <unroll/models.hpp>
#include <unroll/models/files/state_dict.hpp>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

// Writes what the fuzz targets start from, files of each kind, into a folder for each: fuzz_seeds FOLDER
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

/// A file as other programs write it, without our checksum, which no changed byte would get past. `change` is made to
/// its header.
std::string unsigned_file(const std::filesystem::path& ours, auto&& change) {
  std::ifstream file(ours, std::ios::binary);
  const std::string all(std::istreambuf_iterator<char>(file), {});
  SafetensorsHeader header = read_safetensors_header(ours);
  const std::uint64_t data_bytes = header.tensors.empty() ? 0 : header.tensors.back().end;
  header.metadata.clear();
  change(header);
  const std::string text = header_text(header);
  const std::uint64_t length = text.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof(length)) + text
         + all.substr(all.size() - data_bytes);
}

/// Weights that are as many as they should be, the other way round.
void turn_matrices(SafetensorsHeader& header) {
  for (TensorEntry& tensor : header.tensors)
    if (tensor.shape.rank() == 2) tensor.shape = Shape{tensor.shape[1], tensor.shape[0]};
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
  write(safetensors / "unsigned", unsigned_file(safetensors / "kinds", [](SafetensorsHeader&) {}));
  const std::string overflow = R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})";
  write(safetensors / "overflow", static_cast<char>(overflow.size()) + std::string(7, '\0') + overflow);

  const auto state_dict = folder_for(root, "state_dict");
  save_state_dict(state_dict / "model", Model{});
  write(state_dict / "unsigned", unsigned_file(state_dict / "model", [](SafetensorsHeader&) {}));
  write(state_dict / "turned", unsigned_file(state_dict / "model", turn_matrices));

  const character_model::Description description{
      .settings = {.cell = character_model::CellKind::gru, .layers = 2, .hidden = 5, .embedding = 3, .dropout = 0.25},
      .vocabulary = character_model::Vocabulary(unroll::CharacterUnit::code_point, {U'a', U'b', 0x1f600})};
  write(folder_for(root, "description") / "gru", character_model::description_to_json(description));

  const auto text = folder_for(root, "text");
  write(text / "bytes", std::string("\0abc\r\n\xff", 7));
  write(text / "code_points",
        "\1\xef\xbb\xbf"
        "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\r\n");

  const auto numbers = folder_for(root, "numbers");
  for (const char* const number : {"64", "0.25", "1e-3", "0x10", "-1", "1e400", "nan", "lstm"})
    write(numbers / number, number);

  const auto records = folder_for(root, "records");
  TrainingHistory history;
  CsvLog log(records / "log");
  for (std::uint64_t update = 1; update <= 5; ++update) {
    history.add(UpdateRecord{.update = update, .loss = 1, .skipped = update == 3});
    log.on_update({.update = update, .loss = 1});
  }
  log.on_evaluation({.update = 5, .loss = 2, .figures = {{"a, \"b\"", 1}}});
  write(records / "history", history.to_json());

  // Any bytes are a program of ops; these are a start of a good length.
  const auto programs = folder_for(root, "program");
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    std::string bytes;
    for (std::uint64_t i = 0; i < 40 + 2 * seed; ++i) bytes += static_cast<char>(Random(seed).bits(i) & 0xff);
    write(programs / std::to_string(seed), bytes);
  }
}
