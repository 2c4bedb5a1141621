#include <unroll/ops/instruction_set.hpp>
#include <unroll/ops/kernels/instructions.hpp>

namespace unroll::inline v0 {

std::string_view instruction_set() { return Instructions::name(); }

}  // namespace unroll::inline v0
