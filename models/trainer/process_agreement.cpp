#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/files/safetensors.hpp>
#include <unroll/framework/files/sha256.hpp>
#include <unroll/models/trainer/process_agreement.hpp>

#include <fmt/format.h>

#include <exception>
#include <span>
#include <utility>
#include <vector>

namespace unroll::inline v0::detail {

namespace {

using Settings = std::map<std::string, std::string>;

std::string value_in(const Settings& settings, const std::string& name) {
  const auto found = settings.find(name);
  return found == settings.end() ? "none" : quoted(found->second);
}

/// A line for each setting of process p that is another in the first process.
void list_differences(const Settings& first, const Settings& other, std::size_t p, std::string& text) {
  Settings names = first;
  names.insert(other.begin(), other.end());
  for (const auto& [name, value] : names)
    if (value_in(first, name) != value_in(other, name))
      text += fmt::format("\n  {}: {} in process 0, {} in process {}", name, value_in(first, name),
                          value_in(other, name), p);
}

/// What is thrown in one process and again in the others.
enum class Kind { none, argument, file, io, numerical, other };

Kind kind_of(const std::exception& error) {
  if (dynamic_cast<const ArgumentError*>(&error) != nullptr) return Kind::argument;
  if (dynamic_cast<const FileError*>(&error) != nullptr) return Kind::file;
  if (dynamic_cast<const IoError*>(&error) != nullptr) return Kind::io;
  if (dynamic_cast<const NumericalError*>(&error) != nullptr) return Kind::numerical;
  return Kind::other;
}

[[noreturn]] void throw_again(Kind kind, const std::string& text) {
  switch (kind) {
    case Kind::argument:
      throw ArgumentError(text);
    case Kind::file:
      throw FileError(text);
    case Kind::io:
      throw IoError(text);
    case Kind::numerical:
      throw NumericalError(text);
    default:
      throw Error(text);
  }
}

}  // namespace

std::string text_of_first(const Communicator& communicator, const std::function<std::string()>& work) {
  if (communicator.is_alone()) return work();
  std::string text;
  Kind kind = Kind::none;
  try {
    if (communicator.is_first()) text = work();
  } catch (const std::exception& error) {
    text = error.what(), kind = kind_of(error);
  }
  kind = communicator.of_first(kind);
  text = communicator.of_first(std::move(text));
  if (kind != Kind::none) throw_again(kind, text);
  return text;
}

void expect_same_settings(const Communicator& communicator, const Settings& settings) {
  if (communicator.is_alone()) return;
  SafetensorsFile own;
  own.metadata = settings;
  std::vector<Settings> all;
  for (const std::string& bytes : communicator.gather_text(format_safetensors(own)))
    all.push_back(parse_safetensors(std::as_bytes(std::span(bytes)), "settings of a process").metadata);
  std::string differences;
  for (std::size_t p = 1; p < all.size(); ++p) list_differences(all[0], all[p], p, differences);
  if (!differences.empty())
    throw ArgumentError(
        fmt::format("fit: the processes do not train the same model (were they given other options or data, or do they "
                    "run on machines of several kinds?):{}",
                    differences));
}

template <class Scalar>
void expect_same_weights(const Communicator& communicator, const Parameters<Scalar>& parameters,
                         std::uint64_t updates) {
  if (communicator.is_alone()) return;
  std::string digests;
  for (const auto& [name, parameter] : parameters)
    digests += sha256_of(std::as_bytes(std::span(parameter->value().data(), parameter->value().size())));
  const std::vector<std::string> all = communicator.gather_text(digests);
  for (std::size_t p = 1; p < all.size(); ++p)
    if (all[p] != all[0])
      throw Error(
          fmt::format("fit: after {} process {} has other weights than process 0, expected the same (were their "
                      "models made from other seeds, or does something other than the trainer change them?)",
                      counted(updates, "update"), p));
}

template void expect_same_weights(const Communicator&, const Parameters<float>&, std::uint64_t);
template void expect_same_weights(const Communicator&, const Parameters<double>&, std::uint64_t);

}  // namespace unroll::inline v0::detail
