#include "support/catch.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace {

const std::filesystem::path root = UNROLL_TEST_DATA "/..";

/// The header of a path behind unroll/: an umbrella lies in its layer's folder.
std::string header_of(const std::string& included) {
  if (included == "unroll.hpp") return "models/unroll.hpp";
  if (included.find('/') != std::string::npos) return included;
  return included.substr(0, included.find('.')) + "/" + included;
}

/// What a source gets that includes this header, and nothing else.
std::set<std::string> brought_by(const std::string& first) {
  static const std::regex include(R"(#include <unroll/([\w/]+\.hpp)>)");
  std::set<std::string> found;
  std::vector<std::string> left{first};
  while (!left.empty()) {
    const std::string header = left.back();
    left.pop_back();
    if (!found.insert(header).second) continue;
    std::ifstream file(root / header);
    REQUIRE(file);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    for (std::sregex_iterator match(text.begin(), text.end(), include), end; match != end; ++match)
      left.push_back(header_of((*match)[1]));
  }
  return found;
}

std::set<std::string> headers_in(const std::string& layer) {
  std::set<std::string> headers;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / layer))
    if (entry.path().extension() == ".hpp") headers.insert(entry.path().lexically_relative(root).generic_string());
  return headers;
}

bool is_in_closed_room(const std::string& header) {
  for (const char* room : {"framework/tape/internal/", "ops/kernels/", "ops/operands/", "ops/products/"})
    if (header.starts_with(room)) return true;
  return false;
}

}  // namespace

TEST_CASE("unroll.hpp brings every header that a user's program may want", "[umbrella]") {
  const std::set<std::string> left_out{
      "framework/charts/line_chart.hpp",      // what pages are made of
      "framework/charts/page.hpp",            // the same
      "framework/charts/svg_canvas.hpp",      // the same
      "framework/errors/counted.hpp",         // words of messages
      "framework/errors/quoted.hpp",          // the same
      "framework/files/atomic_file.hpp",      // what readers and writers of files are made of
      "framework/files/foreign_format.hpp",   // the same
      "framework/files/half_precision.hpp",   // the same
      "framework/files/input_file.hpp",       // the same
      "framework/mpi/mpi_processes.hpp",      // in a library of its own
      "framework/memory/aligned_memory.hpp",  // what Tensor's memory is made of
      "framework/optimizers/root_epsilon.hpp",
      "framework/tensor/xtensor.hpp",     // takes long to compile
      "models/analysis/flow_charts.hpp",  // the pictures of a page
      "models/analysis/flow_charts.hpp",  // what pages of gradient flow are made of
      "models/records/crc32c.hpp",        // what event files are made of
      "models/records/duration.hpp",      // words of progress
      "models/trainer/divergence.hpp",    // the trainer's own
      "ops/nested_piece.hpp",             // for what runs a sequence in pieces on nested tapes
  };
  const std::set<std::string> brought = brought_by("models/unroll.hpp");
  std::size_t open = 0;
  for (const char* layer : {"framework", "ops", "models"})
    for (const std::string& header : headers_in(layer)) {
      if (is_in_closed_room(header)) continue;
      CAPTURE(header);
      CHECK(brought.contains(header) != left_out.contains(header));
      ++open;
    }
  CHECK(open >= 100);  // or the search has lost them
}

TEST_CASE("each layer's umbrella brings that layer without those above it", "[umbrella]") {
  for (const auto& header : brought_by("framework/framework.hpp")) CHECK(header.starts_with("framework/"));
  for (const auto& header : brought_by("ops/ops.hpp")) CHECK_FALSE(header.starts_with("models/"));
  CHECK(brought_by("models/models.hpp").contains("models/cells/lstm_cell.hpp"));
}
