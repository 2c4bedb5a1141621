#pragma once

#include <unroll/framework/error.hpp>
#include <unroll/framework/module_file.hpp>
#include <unroll/framework/random.hpp>
#include <unroll/models/layers.hpp>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Modules that take their sizes from the file that they are loaded from: of any type with Options, whether of this
/// library, a modifier of one, or your own.
///
///     const auto cell = module_from<LstmCell<>>("model.safetensors", {.prefix = "cell."});
///
///     const auto file = read_safetensors("model.safetensors");  // a model of parts: each takes its own
///     const Adder adder{module_from<LstmCell<>>(file, {.prefix = "lstm."}),
///                       module_from<Linear<>>(file, {.prefix = "output."})};
namespace unroll::inline v0 {

namespace detail {

/// The names of a module's tensors in a file, and their shapes.
using NamedShapes = std::vector<std::pair<std::string, Shape>>;

NamedShapes shapes_of(const SafetensorsFile& file);
template <Module M, Renaming Rename>
NamedShapes shapes_of(const M& module, const std::string& prefix, const Rename& rename) {
  NamedShapes shapes;
  for_each_parameter(module, [&](const std::string& path, const auto& parameter) {
    shapes.emplace_back(prefix + std::string(std::invoke(rename, path)), parameter.shape());
  });
  return shapes;
}

/// A size of a module that a file is asked for, and the shapes that the module has when it is 2 and the others are 1.
struct AskedSize {
  std::string_view name;
  std::size_t* size;
  NamedShapes doubled;
};

/// Calls `visit(name, size)` for those of the options that are sizes.
void for_each_size(auto& options, auto&& visit) {
  if constexpr (requires { options.inputs; }) visit("inputs", options.inputs);
  if constexpr (requires { options.hidden; }) visit("hidden", options.hidden);
  if constexpr (requires { options.outputs; }) visit("outputs", options.outputs);
  if constexpr (requires { options.tokens; }) visit("tokens", options.tokens);
  if constexpr (requires { options.width; }) visit("width", options.width);
  if constexpr (requires { options.recurrent; }) visit("recurrent", options.recurrent);
  if constexpr (requires { options.query; }) visit("query", options.query);
}

/// Whether a size may be 0, as an LSTM's recurrent, which is then its hidden: a module takes it, its tensors (`zero`)
/// are then as large as with 1 when all sizes are 1, and the file has none that it has only with 1.
bool may_be_left_out(const std::optional<NamedShapes>& zero, const NamedShapes& one, const NamedShapes& file);

/// Sets the sizes to those that give a module the shapes of the file, which are taken to grow in straight lines with
/// them; `one` are its shapes when all of them are 1. Throws FileError naming the tensors when the file lacks those
/// that tell a size, or they tell none, or several.
void solve_sizes(const NamedShapes& one, std::vector<AskedSize>& asked, const NamedShapes& file,
                 const std::string& source);

}  // namespace detail

namespace detail {

template <class M>
constexpr bool is_stack = false;
template <class Cell>
constexpr bool is_stack<Layers<Cell>> = true;

/// How a module is made of sizes; a stack has a number of layers besides.
template <class M>
struct Sized {
  using Options = typename M::Options;
  static M make(const Options& options, std::size_t) { return M(options, Random(0)); }
};
template <class Cell>
struct Sized<Layers<Cell>> {
  using Options = typename Cell::Options;
  static Layers<Cell> make(const Options& options, std::size_t layers) { return {layers, options, Random(0)}; }
};

/// The shapes that a module has in a file, made of `options`; none where it refuses them.
template <class M, Renaming Rename>
std::optional<NamedShapes> shapes_with(const typename Sized<M>::Options& options, std::size_t layers,
                                       const std::string& prefix, const Rename& rename) {
  try {
    return shapes_of(Sized<M>::make(options, layers), prefix, rename);
  } catch (const ArgumentError&) {
    return std::nullopt;
  }
}

/// How many layers a stack has in a file, at least 1: one more as long as all tensors of one more are there.
template <class M, Renaming Rename>
std::size_t layers_in(const SafetensorsFile& file, const std::string& prefix, const Rename& rename) {
  if constexpr (!is_stack<M>) return 1;
  typename Sized<M>::Options options{};
  for_each_size(options, [](std::string_view, std::size_t& size) { size = 1; });
  std::size_t layers = 1;
  while (true) {
    const auto shapes = shapes_of(Sized<M>::make(options, layers + 1), prefix, rename);
    for (const auto& [name, shape] : shapes)
      if (!file.tensors.contains(name)) return layers;
    ++layers;
  }
}

}  // namespace detail

/// A module that is made of options and random numbers, `M(options, random)`, or Layers of such ones.
template <class M>
concept SizedModule = Module<M> && requires(const typename detail::Sized<M>::Options& options) {
  detail::Sized<M>::make(options, 1);
};

/// The options with which a module has the shapes that a file has under `prefix`: `inputs`, `hidden`, `outputs`,
/// `tokens`, `width`, `recurrent` and `query`, those of them that it has. What shapes do not tell, such as a GRU's
/// reset, is what it is by default, and is to be set before the module is made:
///
///     auto options = sizes_in<GruCell<>>(file, "gru.");
///     options.reset = GruReset::before_product;
///
/// Of Layers they are those of the first. Small modules are made to see how shapes follow from sizes, so one of your
/// own must take sizes of 1 and 2. Throws FileError naming the tensors when the file has none that tell a size, or its
/// shapes are those of no such module; ArgumentError for a module whose tensors do not only grow with its sizes.
template <SizedModule M, Renaming Rename = std::identity>
typename detail::Sized<M>::Options sizes_in(const SafetensorsFile& file, const std::string& prefix = {},
                                            const Rename& rename = {}) {
  typename detail::Sized<M>::Options options{};
  const auto in_file = detail::shapes_of(file);
  const auto shapes = [&] { return detail::shapes_with<M>(options, 1, prefix, rename); };
  std::vector<detail::AskedSize> asked;
  detail::for_each_size(options, [](std::string_view, std::size_t& size) { size = 1; });
  const auto one = detail::shapes_of(detail::Sized<M>::make(options, 1), prefix, rename);
  detail::for_each_size(options, [&](std::string_view name, std::size_t& size) {
    size = 0;
    if (detail::may_be_left_out(shapes(), one, in_file)) return;
    size = 1;
    asked.push_back({name, &size, {}});
  });
  const auto all_one = detail::shapes_of(detail::Sized<M>::make(options, 1), prefix, rename);
  for (auto& [name, size, doubled] : asked) {
    *size = 2;
    doubled = detail::shapes_of(detail::Sized<M>::make(options, 1), prefix, rename);
    *size = 1;
  }
  detail::solve_sizes(all_one, asked, in_file, file.source);
  return options;
}

/// A module of the sizes that a file has, loaded from it with all that load_module checks and throws. Of a kind that
/// has more options than sizes, ask sizes_in, make the module, and call load_module.
template <SizedModule M, Renaming Rename = std::identity>
M module_from(const SafetensorsFile& file, const LoadOptions& options = {}, const Rename& rename = {}) {
  M module = detail::Sized<M>::make(sizes_in<M>(file, options.prefix, rename),
                                    detail::layers_in<M>(file, options.prefix, rename));
  load_module(file, module, options, rename);
  return module;
}
template <SizedModule M, Renaming Rename = std::identity>
M module_from(const std::filesystem::path& path, const LoadOptions& options = {}, const Rename& rename = {}) {
  return module_from<M>(read_safetensors(path), options, rename);
}

}  // namespace unroll::inline v0
