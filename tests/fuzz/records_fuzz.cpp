#include "fuzz/support.hpp"
#include "support/temporary_directory.hpp"
#include <unroll/framework/files/input_file.hpp>
#include <unroll/models/records/csv_log.hpp>
#include <unroll/models/records/training_page.hpp>

#include <fstream>
#include <string>

using namespace unroll;

/// What a resumed training reads of an earlier one: the history in its page, and its log. A log keeps what it had up to
/// some row.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzzing::as_text(data, size);
  const TrainingHistory history = TrainingHistory::resumed({.update = 1000}, text);
  fuzzing::expect(history.loss().spans().size() <= 1024, "a history is thin");
  fuzzing::expect(training_page(history).size() < 1'000'000, "a page is small");

  static const TemporaryDirectory directory;
  const auto path = directory / "log.csv";
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
  fuzzing::read_or_refuse<FileError>([&] {
    CsvLog(path).on_begin({.update = 1000});
    const std::string kept = read_file(path);
    fuzzing::expect(text.starts_with(kept) || kept.starts_with(text.substr(0, text.find('\n'))), "a tail is cut");
    CsvLog(path).on_begin({.update = 1000});
    fuzzing::expect(read_file(path) == kept, "a log that was cut is cut no more");
  });
  return 0;
}
