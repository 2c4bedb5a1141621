#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/files/metadata.hpp>
#include <unroll/models/trainer/process_agreement.hpp>
#include <unroll/models/trainer/training_checkpoint.hpp>

#include <fmt/format.h>

#include <utility>
#include <variant>
#include <vector>

namespace unroll::inline v0::detail {

namespace {

constexpr std::uint64_t version = 1;
const std::string version_key = "training_checkpoint", setting_prefix = "setting.";

/// Each setting in which two lists differ, as lines of a message.
void list_differences(const Settings& before, const Settings& now, std::string& text) {
  for (const auto& [name, value] : before)
    if (const auto found = now.find(name); found == now.end())
      text += fmt::format("\n  {}: {} in the checkpoint, none given", name, quoted(value));
    else if (found->second != value)
      text += fmt::format("\n  {}: {} in the checkpoint, {} given", name, quoted(value), quoted(found->second));
  for (const auto& [name, value] : now)
    if (!before.contains(name)) text += fmt::format("\n  {}: none in the checkpoint, {} given", name, quoted(value));
}

SafetensorsFile read_in_first(const std::filesystem::path& path, const Communicator& communicator) {
  if (communicator.is_alone()) return read_safetensors(path);
  const std::string bytes = text_of_first(communicator, [&] { return format_safetensors(read_safetensors(path)); });
  return parse_safetensors(std::as_bytes(std::span(bytes)), quoted(path.string()));
}

}  // namespace

template <class Scalar>
Settings settings_of(const TrainerOptions<Scalar>& options) {
  Settings settings{{"optimizer", std::string(options.optimizer.name())}};
  const auto add = [&](const std::string& name, double value) { settings[name] = number_text(value); };
  const auto under = [&](const std::string& prefix) {
    return [&add, prefix](const std::string& name, double value) { add(prefix + name, value); };
  };
  options.optimizer.for_each_setting(under("optimizer."));
  if (options.schedule) {
    settings["schedule"] = options.schedule->name();
    add("warm_up", options.warm_up);
    std::visit([&](const auto& schedule) { schedule.options().for_each_setting(under("schedule.")); },
               options.schedule->choice());
  } else {
    add("learning_rate", options.optimizer.learning_rate());
  }
  add("clip_norm", options.clip_norm);
  add("average_decay", options.average_decay);
  add("weight_noise", options.weight_noise);
  const auto count = [&](const std::string& name, std::uint64_t value) { settings[name] = number_text(value); };
  count("accumulate", options.accumulate), count("parts", options.parts), count("seed", options.seed);
  count("skip_nonfinite", options.skip_nonfinite);
  settings["sum_order"] = options.sum_order == SumOrder::fixed ? "fixed" : "fast";
  return settings;
}

void add_settings(Settings& settings, const std::string& name, const TrainingAmount& amount) {
  const auto add = [&](const char* limit, const auto& value) {
    if (value) settings[name + "." + limit] = number_text(*value);
  };
  add("epochs", amount.epochs), add("updates", amount.updates), add("items", amount.items);
  add("seconds", amount.seconds);
}

void add_settings(Settings& settings, const Truncation& truncation) {
  settings["k1"] = number_text(truncation.k1), settings["k2"] = number_text(truncation.k2);
}

void add_course(Settings& settings, const FitOptions& options) {
  add_settings(settings, "checkpoint.every", options.checkpoint.every);
  settings["patience"] = number_text(options.patience);
  const auto add = [&](const char* name, bool is_given) { settings[name] = is_given ? "given" : "not given"; };
  add("validate", static_cast<bool>(options.validate)), add("stop_when", static_cast<bool>(options.stop_when));
  add("keep_best", !options.keep_best.empty()), add("checkpoint", !options.checkpoint.path.empty());
  add("resume", !options.resume.empty()), add("stop_on_signals", options.stop_on_signals);
}

SafetensorsFile checkpoint_with(const Settings& settings) {
  SafetensorsFile file;
  file.metadata[version_key] = number_text(version);
  for (const auto& [name, value] : settings) file.metadata[setting_prefix + name] = value;
  return file;
}

SafetensorsFile read_checkpoint(const std::filesystem::path& path, const Settings& settings,
                                const Communicator& communicator) {
  SafetensorsFile file = read_in_first(path, communicator);
  if (!file.metadata.contains(version_key))
    throw FileError(fmt::format("{} is no training checkpoint: its metadata lack {} (is it a model file?)",
                                quoted(path.string()), quoted(version_key)));
  if (const auto found = number_in<std::uint64_t>(file.metadata, version_key); found > version)
    throw FileError(
        fmt::format("{} is a training checkpoint of version {}, and this library reads version {} (was it "
                    "written by a later one?)",
                    quoted(path.string()), found, version));
  Settings before;
  for (const auto& [name, value] : file.metadata)
    if (name.starts_with(setting_prefix)) before[name.substr(setting_prefix.size())] = value;
  std::string differences;
  list_differences(before, settings, differences);
  if (!differences.empty())
    throw ArgumentError(
        fmt::format("resume: {} was saved with other settings, so that another model would come out; "
                    "give the same, or begin anew:{}",
                    quoted(path.string()), differences));
  return file;
}

template <class Scalar>
void add_carried(SafetensorsFile& file, const CarriedState<Scalar>& state, const std::string& prefix) {
  for (std::size_t k = 0; k < state.values().size(); ++k)
    file.tensors[fmt::format("{}.{}", prefix, k)] = state.values()[k];
}

template <class Scalar>
CarriedState<Scalar> read_carried(const SafetensorsFile& file, const std::string& prefix) {
  std::vector<Tensor<Scalar>> values;
  while (file.tensors.contains(fmt::format("{}.{}", prefix, values.size())))
    values.push_back(file.get<Scalar>(fmt::format("{}.{}", prefix, values.size())));
  CarriedState<Scalar> state;
  if (!values.empty()) state.assign(std::move(values));
  return state;
}

void add_number(SafetensorsFile& file, const std::string& name, std::uint64_t number) {
  file.tensors[name] = Tensor<std::uint64_t>(Shape{}, number);
}

std::uint64_t read_number(const SafetensorsFile& file, const std::string& name) {
  const auto tensor = file.get<std::uint64_t>(name);
  if (tensor.size() != 1)
    throw FileError(fmt::format("{}: {} has shape {}, expected one number", quoted(file.source), quoted(name),
                                to_string(tensor.shape())));
  return tensor[0];
}

template Settings settings_of(const TrainerOptions<float>&);
template Settings settings_of(const TrainerOptions<double>&);
template void add_carried(SafetensorsFile&, const CarriedState<float>&, const std::string&);
template void add_carried(SafetensorsFile&, const CarriedState<double>&, const std::string&);
template CarriedState<float> read_carried(const SafetensorsFile&, const std::string&);
template CarriedState<double> read_carried(const SafetensorsFile&, const std::string&);

}  // namespace unroll::inline v0::detail
