#include <unroll/framework/errors/error.hpp>
#include <unroll/models/trainer/batch_source.hpp>

#include <fmt/format.h>

namespace unroll::inline v0::detail {

void expect_batches(std::string_view operation, std::size_t number, std::string_view of, std::size_t batch) {
  if (number == 0 || batch == 0)
    throw ArgumentError(fmt::format("{}: {} {} of {} given, expected at least 1 each", operation, number, of, batch));
}

}  // namespace unroll::inline v0::detail
