#pragma once

#include <unroll/framework/module_file.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/// What optimizers and schedules remember, in the file that has the model, so that training goes on where it stopped:
///
///     SafetensorsFile file;
///     add_module(file, model, "model.");
///     add_state(file, adam, "adam.");
///     write_safetensors("training.safetensors", file);
///
///     const auto read = read_safetensors("training.safetensors");
///     load_module(read, model, {.prefix = "model."});
///     adam.bind(parameters);  // so that it knows what it is to remember
///     load_state(read, adam, "adam.");
///
/// The learning rate is an option, which the program sets, or a schedule.
namespace unroll::inline v0 {

/// Whatever says what it remembers: `for_each_state(visit)` calls `visit(name, value)` with references to tensors, and
/// to a double or std::uint64_t.
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

/// What a keeper remembers under one name: what the file must have there.
struct ExpectedState {
  std::string name;
  Dtype dtype;
  Shape shape;
};

/// Throws FileError listing what is missing, of another type or shape, and what there is besides under the prefix.
void expect_state(const SafetensorsFile& file, const std::string& prefix, std::span<const ExpectedState> expected);

}  // namespace detail

/// Puts what `keeper` remembers into a file, each under `prefix` and its name. Throws ArgumentError, and changes
/// nothing, when such a name is taken.
template <Remembering Keeper>
void add_state(SafetensorsFile& file, Keeper& keeper, const std::string& prefix) {
  SafetensorsFile added;
  keeper.for_each_state(
      [&](const std::string& name, const auto& value) { added.tensors[prefix + name] = detail::stored(value); });
  detail::add_tensors("add_state", file, std::move(added));
}

/// Gives `keeper` what it remembered. Throws FileError, and changes nothing, unless the file has exactly its names
/// under the prefix, and each of its type and shape: an optimizer is bound first, and is of the kind that was saved.
template <Remembering Keeper>
void load_state(const SafetensorsFile& file, Keeper& keeper, const std::string& prefix) {
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
