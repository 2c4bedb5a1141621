#pragma once

#include <unroll/framework/files/append_file.hpp>
#include <unroll/models/records/records.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace unroll::inline v0 {

/// Writes a training as an event file of TensorBoard: `tensorboard --logdir DIRECTORY` draws it while it runs.
///
/// Each update has the scalars `loss/training`, `learning_rate`, `gradient_norm` (if it is measured) and
/// `items_per_second`, each evaluation `loss/held_out` and `held_out/NAME` for its figures; the step is the count of
/// updates. TensorBoard's scalars are of single precision. Events reach the file every five seconds, at evaluations and
/// checkpoints, and at the end; while the disk is full they wait in a buffer of 64 KiB, and what has no room is lost.
///
/// Every EventFile makes a file of its own, which sorts behind those in the directory, since TensorBoard reads all
/// files of a directory as one training. A resumed training says where it begins, and TensorBoard drops what earlier
/// files tell of later updates. Give another training another directory.
///
/// Source: tensorboard/compat/proto/event.proto and summary.proto of TensorBoard; tensorflow/core/lib/io/record_writer
/// of TensorFlow for the records around the events.
///
///     TrainingObserver events = observer_of<EventFile>("runs/lstm-256");
class EventFile {
 public:
  /// Makes the directory, if it is missing, and a file in it. Throws IoError.
  explicit EventFile(const std::filesystem::path& directory);

  const std::filesystem::path& path() const { return file_.path(); }  ///< Of the file.

  void on_begin(const TrainingStart& start);           ///< Says where it begins. Throws IoError.
  void on_update(const UpdateRecord& record);          ///< Adds an event. Throws IoError when the disk is full.
  void on_evaluation(const EvaluationRecord& record);  ///< Adds an event. Throws IoError when the disk is full.
  void on_checkpoint() { file_.flush(); }              ///< Throws IoError.
  void on_end() { file_.flush(); }                     ///< Throws IoError.

 private:
  void add_scalar(std::string_view tag, double value);
  void add_event(std::uint64_t step, std::string_view content);
  void add_summary(std::uint64_t step);

  AppendFile file_;
  std::string value_, summary_, event_, record_;  // kept for their memory
  double last_update_ = 0, written_ = 0;          // seconds of the training
};

}  // namespace unroll::inline v0
