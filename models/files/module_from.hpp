#pragma once

#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/module_file.hpp>
#include <unroll/framework/tensor/random.hpp>
#include <unroll/models/sequences/layers.hpp>
#include <unroll/models/sequences/stack.hpp>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// Modules that take their sizes from the file from which they are loaded, for any type with Options: a layer of this
/// library, a modifier of one, or your own; Layers, and a Stack of several kinds.
///
///     const auto cell = module_from<LstmCell<>>("model.safetensors", {.prefix = "cell."});
///
///     const auto file = read_safetensors("model.safetensors");  // a model of several parts, each under its prefix
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

/// A size of a module to be found in a file, and the shapes of the module when it is 2 and the other sizes are 1.
struct AskedSize {
  std::string_view name;
  std::size_t* size;
  NamedShapes doubled;
};

/// Calls `visit(name, size)` for each option that is a size.
void for_each_size(auto& options, auto&& visit) {
  if constexpr (requires { options.inputs; }) visit("inputs", options.inputs);
  if constexpr (requires { options.hidden; }) visit("hidden", options.hidden);
  if constexpr (requires { options.outputs; }) visit("outputs", options.outputs);
  if constexpr (requires { options.tokens; }) visit("tokens", options.tokens);
  if constexpr (requires { options.width; }) visit("width", options.width);
  if constexpr (requires { options.recurrent; }) visit("recurrent", options.recurrent);
  if constexpr (requires { options.query; }) visit("query", options.query);
}

/// Whether a size may be left 0, as the `recurrent` of an LSTM, which then equals its `hidden`. `zero` are the shapes
/// of the module with this size 0 and the others 1, or nothing when the module refuses it; `one` those with all sizes
/// 1. It may when `zero` has the tensors of `one` in the same shapes, except tensors that the file does not have. A
/// module without tensors shows nothing, so no size of it may.
bool may_be_left_out(const std::optional<NamedShapes>& zero, const NamedShapes& one, const NamedShapes& file);

/// Finds the sizes with which a module has the shapes of the file. It takes each extent to grow linearly with the
/// sizes: `one` (the shapes with all sizes 1) and each size's `doubled` give offset and slope, and an extent that grows
/// with one size only determines it. Throws FileError naming the tensors when the file lacks those that determine a
/// size, or when they determine none, or different ones.
void solve_sizes(const NamedShapes& one, std::vector<AskedSize>& asked, const NamedShapes& file,
                 const std::string& source);

template <class M>
constexpr bool is_layers = false;
template <class Cell>
constexpr bool is_layers<Layers<Cell>> = true;

/// Makes a module from its options; for Layers also from a number of layers.
template <class M>
struct Sized {
  using Options = typename M::Options;
  static M make(const Options& options, std::size_t) {
    if constexpr (requires { M(options); })
      return M(options);
    else
      return M(options, Random(0));
  }
};
template <class Cell>
struct Sized<Layers<Cell>> {
  using Options = typename Cell::Options;
  static Layers<Cell> make(const Options& options, std::size_t layers) { return {layers, options, Random(0)}; }
};

/// The shapes in a file of a module made from `options`; nothing when the module refuses them.
template <class M, Renaming Rename>
std::optional<NamedShapes> shapes_with(const typename Sized<M>::Options& options, std::size_t layers,
                                       const std::string& prefix, const Rename& rename) {
  try {
    return shapes_of(Sized<M>::make(options, layers), prefix, rename);
  } catch (const ArgumentError&) {
    return std::nullopt;
  }
}

/// How many layers a module has in a file, at least 1: counts up while one more layer has tensors, and the file has all
/// of them.
template <class M, Renaming Rename>
std::size_t layers_in(const SafetensorsFile& file, const std::string& prefix, const Rename& rename) {
  if constexpr (!is_layers<M>) return 1;
  typename Sized<M>::Options options{};
  for_each_size(options, [](std::string_view, std::size_t& size) { size = 1; });
  std::size_t layers = 1, tensors = shapes_of(Sized<M>::make(options, 1), prefix, rename).size();
  while (true) {
    const auto shapes = shapes_of(Sized<M>::make(options, layers + 1), prefix, rename);
    if (shapes.size() == tensors) return layers;
    for (const auto& [name, shape] : shapes)
      if (!file.tensors.contains(name)) return layers;
    ++layers;
    tensors = shapes.size();
  }
}

}  // namespace detail

/// A module that can be made from options, `M(options)`, or from options and random numbers, `M(options, random)`; or
/// Layers of the latter.
template <class M>
concept SizedModule = Module<M> && requires(const typename detail::Sized<M>::Options& options) {
  detail::Sized<M>::make(options, 1);
};

/// The options with which a module has the shapes of a file under `prefix`. It finds the sizes `inputs`, `hidden`,
/// `outputs`, `tokens`, `width`, `recurrent` and `query` among the options. Other options, which shapes do not show,
/// keep their defaults; set them before you make the module:
///
///     auto options = sizes_in<GruCell<>>(file, "gru.");
///     options.reset = GruReset::before_product;
///
/// For Layers they are the options of the first layer. sizes_in makes small modules to see how shapes follow from
/// sizes, so a module of your own must accept sizes of 1 and 2. Throws FileError naming the tensors when no tensor of
/// the file determines a size, or no such module has the file's shapes; ArgumentError for a module that has other
/// tensors with other sizes, or no tensor that shows one of them.
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

namespace detail {

template <class M>
constexpr bool has_sizes_of_file = SizedModule<M>;
template <class... Kinds>
constexpr bool has_sizes_of_file<Stack<Kinds...>> = (has_sizes_of_file<Kinds> && ...);

/// Makes modules with the sizes of a file.
template <class M>
struct MadeToFit {
  template <Renaming Rename>
  static M make(const SafetensorsFile& file, const std::string& prefix, const Rename& rename) {
    const auto sizes = sizes_in<M>(file, prefix, rename);  // first: it names what the file lacks
    return Sized<M>::make(sizes, layers_in<M>(file, prefix, rename));
  }
};
/// Each layer of a stack for itself.
template <class... Kinds>
struct MadeToFit<Stack<Kinds...>> {
  template <Renaming Rename>
  static Stack<Kinds...> make(const SafetensorsFile& file, const std::string& prefix, const Rename& rename) {
    std::size_t next = 0;
    const auto layer = [&]<class Kind>(std::type_identity<Kind>) {
      return MadeToFit<Kind>::make(file, prefix, [&rename, index = std::to_string(next++)](const std::string& path) {
        return std::string(std::invoke(rename, index + "." + path));
      });
    };
    return Stack<Kinds...>{layer(std::type_identity<Kinds>())...};
  }
};

}  // namespace detail

/// A module that module_from makes: a SizedModule, or a Stack of such.
template <class M>
concept FileSizedModule = Module<M> && detail::has_sizes_of_file<M>;

/// Makes a module with the sizes of the file, and loads it: checks and throws as sizes_in and load_module do. When the
/// module has options besides sizes, call sizes_in, make the module, and call load_module.
template <FileSizedModule M, Renaming Rename = std::identity>
M module_from(const SafetensorsFile& file, const LoadOptions& options = {}, const Rename& rename = {}) {
  M module = detail::MadeToFit<M>::make(file, options.prefix, rename);
  load_module(file, module, options, rename);
  return module;
}
/// The same from a file that it reads. Throws as read_safetensors does, too.
template <FileSizedModule M, Renaming Rename = std::identity>
M module_from(const std::filesystem::path& path, const LoadOptions& options = {}, const Rename& rename = {}) {
  return module_from<M>(read_safetensors(path), options, rename);
}

}  // namespace unroll::inline v0
