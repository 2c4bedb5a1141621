#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/tape/module.hpp>

#include <fmt/format.h>

namespace unroll::inline v0::detail {

void refuse_name(const std::string& name) {
  throw ArgumentError(
      fmt::format("parameters: two of a module's parameters have the name {}, expected one each (does its members() "
                  "visit a name twice?)",
                  quoted(name)));
}

void refuse_index(std::size_t index, std::size_t count) {
  throw ArgumentError(
      fmt::format("parameters: index {} asked of {} (they are counted from 0)", index, counted(count, "parameter")));
}

}  // namespace unroll::inline v0::detail
