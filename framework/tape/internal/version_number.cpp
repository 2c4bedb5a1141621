#include <unroll/framework/tape/internal/version_number.hpp>

#include <atomic>

namespace unroll::inline v0 {

std::uint64_t version_number() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

}  // namespace unroll::inline v0
