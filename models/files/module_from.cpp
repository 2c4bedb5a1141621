#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/models/files/module_from.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace unroll::inline v0::detail {

namespace {

const Shape* find_shape(const NamedShapes& shapes, std::string_view name) {
  const auto found = std::ranges::find(shapes, name, &std::pair<std::string, Shape>::first);
  return found == shapes.end() ? nullptr : &found->second;
}

std::string described(std::string_view name, const Shape& shape) {
  return fmt::format("{} {}", quoted(name), to_string(shape));
}

/// How an extent grows with a size: fixed + slope · size. When it grows with one size alone, it determines that size.
struct Growth {
  AskedSize* size = nullptr;
  std::ptrdiff_t fixed = 0, slope = 0;
  bool is_alone = false;
};
Growth growth_of(std::size_t tensor, std::size_t axis, const NamedShapes& one, std::vector<AskedSize>& asked) {
  const auto small = static_cast<std::ptrdiff_t>(one[tensor].second[axis]);
  Growth growth;
  for (AskedSize& size : asked) {
    const auto slope = static_cast<std::ptrdiff_t>(size.doubled[tensor].second[axis]) - small;
    if (slope != 0) growth = {&size, small - slope, slope, growth.size == nullptr};
  }
  return growth;
}

/// Throws ArgumentError unless the module has the same tensors with both sizes, so that their shapes can be compared.
void expect_same_tensors(const NamedShapes& one, const AskedSize& size) {
  const auto is_same = [](const auto& a, const auto& b) {
    return a.first == b.first && a.second.rank() == b.second.rank();
  };
  if (!std::ranges::equal(one, size.doubled, is_same))
    throw ArgumentError(
        fmt::format("sizes_in: the module has other tensors when {} is 2 than when it is 1, expected larger ones of "
                    "the same names (make such a module of its sizes, and call load_module)",
                    size.name));
}

/// A size, and the tensor that has determined it: the error names both when another tensor determines another size.
struct Told {
  std::size_t size = 0;
  std::string by;
};

void expect_told(const AskedSize& size, const Told& told, const NamedShapes& one, std::vector<AskedSize>& asked,
                 const NamedShapes& file, const std::string& source) {
  if (told.size > 0) return;
  std::vector<std::string> wanted, there;
  for (std::size_t tensor = 0; tensor < one.size(); ++tensor)
    for (std::size_t axis = 0; axis < one[tensor].second.rank(); ++axis)
      if (const Growth growth = growth_of(tensor, axis, one, asked); growth.is_alone && growth.size == &size)
        wanted.push_back(quoted(one[tensor].first));
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  if (wanted.empty())
    throw ArgumentError(fmt::format(
        "sizes_in: no tensor of the module grows with {} alone, so that no file tells it (make the module of "
        "its sizes, and call load_module)",
        size.name));
  for (const auto& [name, shape] : file) there.push_back(quoted(name));
  throw FileError(fmt::format(
      "sizes_in: {} does not tell the size {} of the module: expected one of {}, and it has {} (is it the file of "
      "another kind of module, or under another prefix?)",
      source, size.name, listed(wanted), there.empty() ? "no tensor" : listed(there)));
}

/// Notes the sizes that one tensor of the file determines; `refuse(what)` throws.
void read_tensor(std::size_t tensor, const Shape& shape, const NamedShapes& one, std::vector<AskedSize>& asked,
                 std::vector<Told>& told, const auto& refuse) {
  const auto& [name, small] = one[tensor];
  if (shape.rank() != small.rank())
    refuse(fmt::format("has {}, expected {}", counted(shape.rank(), "axis", "axes"), small.rank()));
  for (std::size_t axis = 0; axis < small.rank(); ++axis) {
    const auto [size, fixed, slope, is_alone] = growth_of(tensor, axis, one, asked);
    if (!is_alone) continue;
    const std::ptrdiff_t rest = static_cast<std::ptrdiff_t>(shape[axis]) - fixed;
    if (rest % slope != 0 || rest / slope < 1)
      refuse(fmt::format("tells no {}: axis {} is expected to be {} times that{}", size->name, axis, slope,
                         fixed == 0 ? "" : fmt::format(" and {}", fixed)));
    const auto found = static_cast<std::size_t>(rest / slope);
    Told& before = told[static_cast<std::size_t>(size - asked.data())];
    if (before.size > 0 && before.size != found)
      refuse(fmt::format("tells {} = {}, and {} tells {}", size->name, found, before.by, before.size));
    if (before.size == 0) before = {found, described(name, shape)};
  }
}

}  // namespace

NamedShapes shapes_of(const SafetensorsFile& file) {
  NamedShapes shapes;
  for (const auto& [name, tensor] : file.tensors) shapes.emplace_back(name, unroll::shape_of(tensor));
  return shapes;
}

bool may_be_left_out(const std::optional<NamedShapes>& zero, const NamedShapes& one, const NamedShapes& file) {
  return zero && !one.empty() && std::ranges::all_of(one, [&](const auto& named) {
           const Shape* const shape = find_shape(*zero, named.first);
           return shape == nullptr ? find_shape(file, named.first) == nullptr : *shape == named.second;
         });
}

void solve_sizes(const NamedShapes& one, std::vector<AskedSize>& asked, const NamedShapes& file,
                 const std::string& source) {
  for (const AskedSize& size : asked) expect_same_tensors(one, size);
  std::vector<Told> told(asked.size());
  for (std::size_t tensor = 0; tensor < one.size(); ++tensor) {
    const Shape* const shape = find_shape(file, one[tensor].first);
    if (shape == nullptr) continue;
    read_tensor(tensor, *shape, one, asked, told, [&](const std::string& what) {
      throw FileError(fmt::format("sizes_in: {}: {} {} (is it the file of another kind of module?)", source,
                                  described(one[tensor].first, *shape), what));
    });
  }
  for (std::size_t i = 0; i < asked.size(); ++i) {
    expect_told(asked[i], told[i], one, asked, file, source);
    *asked[i].size = told[i].size;
  }
}

}  // namespace unroll::inline v0::detail
