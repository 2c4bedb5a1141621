#include <unroll/framework/errors/counted.hpp>
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/sizes.hpp>
#include <unroll/models/analysis/path_jacobians.hpp>

#include <fmt/format.h>

namespace unroll::inline v0::detail {

void expect_path(std::size_t steps, std::size_t states) {
  if (states == 0 || states - 1 != steps)
    throw ArgumentError(
        fmt::format("PathJacobians: a path of {} with {} given, expected one more state than steps (is the initial "
                    "state left out?)",
                    counted(steps, "step"), counted(states, "state")));
}

void expect_step_and_rows(std::size_t step, std::size_t steps, const Shape& rows, std::size_t sequences,
                          std::size_t width) {
  expect_index("PathJacobians", "step", step, steps);
  if (sequences == 0)
    throw ArgumentError(
        "PathJacobians: rows given, but it goes along 0 sequences, expected at least 1 (is the batch of the path "
        "empty?)");
  if (rows.rank() != 2 || rows[1] != width || rows[0] % sequences != 0)
    throw ShapeError(fmt::format(
        "PathJacobians: rows of shape {} given, expected [R, {}], with R a multiple of the {} sequences (is "
        "the state of another cell?)",
        to_string(rows), width, sequences));
}

}  // namespace unroll::inline v0::detail
