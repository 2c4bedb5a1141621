#include <unroll/ops/lanes.hpp>

namespace unroll::inline v0 {

std::string_view instruction_set() { return xsimd::default_arch::name(); }

}  // namespace unroll::inline v0
