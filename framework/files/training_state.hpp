#pragma once

#include <unroll/framework/files/module_file.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/// The state of optimizers and schedules, in one file with the model, so that training goes on where it stopped:
///
///     SafetensorsFile file;
///     add_module(file, model, "model.");
///     add_training_state(file, adam, "adam.");
///     write_safetensors("training.safetensors", file);
///
///     const auto read = read_safetensors("training.safetensors");
///     load_module(read, model, {.prefix = "model."});
///     adam.bind(parameters);  // makes the state, which load_training_state fills
///     load_training_state(read, adam, "adam.");
///
/// The learning rate is not in the state: it is an option, which the program or a schedule sets.
namespace unroll::inline v0 {

/// A type with a state: its `for_each_state(visit)` calls `visit(name, value)` for each value of the state, with a
/// reference to a tensor, a double or a std::uint64_t.
template <class Type>
concept Remembering = requires(Type& keeper) {
  keeper.for_each_state([](const auto&, auto&) {});
};

namespace detail {

template <class Value>
StoredTensor stored(const Value& value) {
  if constexpr (std::is_arithmetic_v<Value>)
    return Tensor<Value>(Shape{}, value);
  else
    return value;
}

/// One value of a state: the name, type and shape that the file must have for it.
struct ExpectedState {
  std::string name;
  Dtype dtype;
  Shape shape;
};

/// Throws FileError listing the values that are missing, those of another type or shape, and unknown ones under the
/// prefix.
void expect_state(const SafetensorsFile& file, const std::string& prefix, std::span<const ExpectedState> expected);

}  // namespace detail

/// Puts the state of an optimizer or a schedule into a file, each value under `prefix` and its name. Throws
/// ArgumentError, and changes nothing, when such a name is taken.
template <Remembering Keeper>
void add_training_state(SafetensorsFile& file, Keeper& keeper, const std::string& prefix) {
  SafetensorsFile added;
  keeper.for_each_state(
      [&](const std::string& name, const auto& value) { added.tensors[prefix + name] = detail::stored(value); });
  detail::add_tensors("add_training_state", file, std::move(added));
}

/// Reads the state of an optimizer or a schedule from a file. Bind an optimizer first; it must be of the kind that was
/// saved. Throws FileError, and changes nothing, unless the file has exactly its names under the prefix, each with its
/// type and shape.
template <Remembering Keeper>
void load_training_state(const SafetensorsFile& file, Keeper& keeper, const std::string& prefix) {
  std::vector<detail::ExpectedState> expected;
  keeper.for_each_state([&](const std::string& name, const auto& value) {
    const StoredTensor like = detail::stored(value);
    expected.push_back({prefix + name, dtype_of(like), shape_of(like)});
  });
  detail::expect_state(file, prefix, expected);
  keeper.for_each_state([&]<class Value>(const std::string& name, Value& value) {
    if constexpr (std::is_arithmetic_v<Value>)
      value = file.get<Value>(prefix + name)[0];
    else
      value = std::get<Value>(file.tensors.at(prefix + name));
  });
}

}  // namespace unroll::inline v0
