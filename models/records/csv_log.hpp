#pragma once

#include <unroll/framework/files/append_file.hpp>
#include <unroll/models/records/records.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>

namespace unroll::inline v0 {

/// Writes a row for every update, evaluation and figure of a training to a file of comma-separated values (RFC 4180):
///
/// | column | rows | what it holds |
/// |---|---|---|
/// | record | all | `update`, `evaluation` or `figure` |
/// | update | all | updates so far |
/// | epoch | all | passes over the data so far |
/// | seconds | all | since the training began |
/// | loss | update, evaluation | the mean loss; of an evaluation, the held-out loss |
/// | learning_rate | update | the rate of this update |
/// | gradient_norm | update | before the gradient was clipped; nan: not measured |
/// | items | update | tokens or examples that it learned from |
/// | skipped | update | 1 when the weights stayed as they were, else 0 |
/// | best | evaluation | 1 when no loss was lower before, else 0 |
/// | figure | figure | its name |
/// | value | figure | its value |
///
/// Other cells are empty. Numbers have the digits that give the same double again; `nan`, `inf` and `-inf` are numbers
/// too. A line is a row. Rows reach the file every five seconds, at evaluations and checkpoints, and at the end. While
/// the disk is full they wait in a buffer of 64 KiB; those that have no room there are lost.
///
/// A training that begins at update n keeps the rows of the file up to n, and drops those behind: those that an
/// interrupted training wrote after its last checkpoint, or, at n = 0, all. An evaluation after update n that is in the
/// file is not written again. Figures' names should have less than 64 KiB: a longer row, and what is behind it, counts
/// as damaged when a training is resumed. A training that does not say where it begins begins at 0.
///
///     TrainingObserver csv = observer_of<CsvLog>("training.csv");
class CsvLog {
 public:
  /// Opens the file, or makes it. Throws IoError when it cannot be written, and FileError when it holds something that
  /// no CsvLog has written.
  explicit CsvLog(std::filesystem::path path);

  void on_begin(const TrainingStart& start);           ///< Drops later rows. Throws IoError, FileError.
  void on_update(const UpdateRecord& record);          ///< Adds a row. Throws IoError when the disk is full.
  void on_evaluation(const EvaluationRecord& record);  ///< Adds a row and those of its figures. Throws IoError.
  void on_checkpoint() { file_.flush(); }              ///< Throws IoError.
  void on_end() { file_.flush(); }                     ///< Throws IoError.

 private:
  void expect_begun();
  void flush_at(double seconds);

  AppendFile file_;
  bool begun_ = false;
  double written_ = 0;  // seconds of the training when rows were written to the file
  std::optional<std::uint64_t> evaluated_ =
      {};  // the update that the training begins at, if the file has its evaluation
};

}  // namespace unroll::inline v0
