#include <unroll/framework/tape/tape.hpp>
#include <unroll/ops/map.hpp>

// One lambda a case: what takes a comparison of a whole register for one bool must not compile.
using namespace unroll;

Variable<> with_condition(Variable<> x) {
  return map(
      "mine",
      [](auto v) {
#if defined(WITH_WHERE)
        return where(v > 0 & !(v >= 2) | v == 5, v, where(v != v, v, 0 * v));
#elif defined(WITH_CONDITIONAL)
        return v > 0 ? v : 0 * v;
#elif defined(WITH_IF)
        if (v <= 0) return 0 * v;
        return v;
#elif defined(WITH_WHILE)
        while (v > 1) v = v * 0.5;
        return v;
#elif defined(WITH_AND)
        return where(v > 0 && v < 1, v, 0 * v);
#elif defined(WITH_OR)
        return where(v < 0 || v > 1, v, 0 * v);
#endif
      },
      x);
}
