#pragma once

#include <unroll/models/records/records.hpp>
#include <unroll/models/records/training_history.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace unroll::inline v0 {

/// A training as a page of HTML: what it has come to, and the loss, the held-out loss, the learning rate and the
/// gradient norm over updates. The page is one file without script, with its charts as SVG, readable on a light screen
/// and a dark one. The title is any text. Long trainings are thinned: a line is the mean of some updates, in their
/// range.
std::string training_page(const TrainingHistory& history, std::string_view title = "Training");

/// Writes the page of a training to a file: at an evaluation, if the file is more than ten seconds old, at every
/// checkpoint, and at the end. The file is replaced whole, so that a browser never reads half of it. A training that is
/// resumed reads from the old page what came before; when that page is gone, the curves begin where the training is
/// resumed.
///
///     TrainingObserver page = observer_of<TrainingPage>("training.html", "LSTM of 256 on tiny-shakespeare");
class TrainingPage {
 public:
  /// Throws IoError when the file cannot be written, and FileError when it holds something that no TrainingPage has
  /// written.
  explicit TrainingPage(std::filesystem::path path, std::string title = "Training");

  void on_begin(const TrainingStart& start);                            ///< Reads the old page of a resumed training.
  void on_update(const UpdateRecord& record) { history_.add(record); }  ///< Writes nothing.
  void on_evaluation(const EvaluationRecord& record);                   ///< Throws IoError when the disk is full.
  void on_checkpoint() { write(); }                                     ///< Likewise.
  void on_end() { write(); }                                            ///< Likewise.

 private:
  void write();

  std::filesystem::path path_;
  std::string title_;
  TrainingHistory history_;
  double next_ = 0;  // seconds of the training from which on an evaluation writes the page again
};

}  // namespace unroll::inline v0
