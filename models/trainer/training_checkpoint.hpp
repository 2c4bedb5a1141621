#pragma once

#include <unroll/framework/files/safetensors.hpp>
#include <unroll/framework/processes/communicator.hpp>
#include <unroll/models/sequences/carried_state.hpp>
#include <unroll/models/trainer/trainer_options.hpp>
#include <unroll/models/training/truncated.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

/// The file from which an interrupted training goes on to the same bits: a safetensors file, written atomically, of the
/// weights, what the optimizer, the schedule and the moving average remember, the counters, the best loss so far, the
/// position in the data, the carried states, and every setting that decides which model comes out.
namespace unroll::inline v0::detail {

/// Settings by name, as text. A number has all its digits.
using Settings = std::map<std::string, std::string>;

/// Every option that decides which model comes out. The budget is not among them: a training may be resumed with
/// another, though a schedule then takes another course.
template <class Scalar>
Settings settings_of(const TrainerOptions<Scalar>& options);

/// Adds the limits of an amount, and k1 and k2.
void add_settings(Settings& settings, const std::string& name, const TrainingAmount& amount);
void add_settings(Settings& settings, const Truncation& truncation);
/// Adds what all processes of a training must be told alike, though it may change when a training is resumed.
void add_course(Settings& settings, const FitOptions& options);

/// An empty checkpoint with these settings.
SafetensorsFile checkpoint_with(const Settings& settings);
/// Reads a checkpoint. Throws FileError when the file is none, or one of a later version; ArgumentError, which lists
/// each setting that differs with its old and its new value, unless its settings are these; and what read_safetensors
/// throws.
///
/// Only the first process reads the file, and hands it on: others may not see it, and may not read it while the first
/// writes the next one.
SafetensorsFile read_checkpoint(const std::filesystem::path& path, const Settings& settings,
                                const Communicator& communicator);

/// Puts the tensors of a state under a prefix, and reads them again; none for a state that is forgotten.
template <class Scalar>
void add_carried(SafetensorsFile& file, const CarriedState<Scalar>& state, const std::string& prefix);
template <class Scalar>
CarriedState<Scalar> read_carried(const SafetensorsFile& file, const std::string& prefix);

/// A number by name. Reading throws FileError when it is missing.
void add_number(SafetensorsFile& file, const std::string& name, std::uint64_t number);
std::uint64_t read_number(const SafetensorsFile& file, const std::string& name);

}  // namespace unroll::inline v0::detail
