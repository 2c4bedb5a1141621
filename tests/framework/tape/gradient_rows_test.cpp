#include "support/ops.hpp"
#include <unroll/ops/activations.hpp>
#include <unroll/ops/arithmetic.hpp>
#include <unroll/ops/map.hpp>
#include <unroll/ops/shaping.hpp>

// Gradients that ops write as rows and columns of what their operands were cut from, and who is spared zeros.
using namespace unroll;
using namespace unroll::testing;

namespace {

using Numbers = std::vector<double>;

/// Numbers i -> position(i) of x as a tensor of their own: what slices and reshapes must equal.
template <class Position>
Variable<double> copied(Variable<double> x, const Shape& shape, Position position) {
  const auto y = x.tape().record("copied", shape, {x});
  for (std::size_t i = 0; i < shape.size(); ++i) y.writable()[i] = x.value()[position(i)];
  y.on_backward([=] {
    for (std::size_t i = 0; i < shape.size(); ++i) x.mutable_gradient()[position(i)] += y.upstream()[i];
  });
  return y;
}
Variable<double> columns(Variable<double> x, std::size_t first, std::size_t count, bool plain) {
  if (!plain) return slice(x, -1, first, count);
  const std::size_t width = x.shape().back();
  return copied(x, x.shape().with(1, count), [=](std::size_t i) { return i / count * width + first + i % count; });
}
/// Rows [first, first + count / width) of x, in the shape [.., width].
Variable<double> rows_as(Variable<double> x, std::size_t first, const Shape& shape, bool plain) {
  const std::size_t width = x.shape().back();
  if (!plain) return reshape(slice(x, 0, first, shape.size() / width), shape);
  return copied(x, shape, [=](std::size_t i) { return first * width + i; });
}

/// One map of two to four operands.
Variable<double> mixed(std::span<const Variable<double>> of) {
  if (of.size() == 2) return map([](auto a, auto b) { return a * exp(b); }, of[0], of[1]);
  if (of.size() == 3) return map([](auto a, auto b, auto c) { return a * exp(b) * c; }, of[0], of[1], of[2]);
  return map([](auto a, auto b, auto c, auto d) { return a * exp(b) * c + sin(d); }, of[0], of[1], of[2], of[3]);
}

/// The gradients of one map of parts of an input and of a constant, cut as the library does or copied plainly.
template <class Cut>
Numbers gradient_of_map(const Shape& shape, const Cut& cut, bool plain) {
  Tape<double> tape;
  make_dirty(tape);
  const auto x = tape.input(normal<double>(Random(1), shape)), c = tape.constant(normal<double>(Random(2), shape));
  const auto y = mixed(cut(x, c, plain));
  tape.backward({{y, normal<double>(Random(3), y.shape())}});
  return gradient_numbers_of(x);
}
template <class Cut>
void expect_plain_gradient(const Shape& shape, const Cut& cut) {
  const auto found = gradient_of_map(shape, cut, false), expected = gradient_of_map(shape, cut, true);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(i);
    CHECK(found[i] == Approx(expected[i]).epsilon(1e-13).margin(1e-13));
  }
}

using Operands = std::vector<Variable<double>>;

}  // namespace

TEST_CASE("columns in any constellation have the gradients that copies of them have", "[tape][gradient]") {
  using Firsts = std::vector<std::size_t>;
  const Firsts halves = GENERATE(Firsts{0, 4}, Firsts{4, 0}, Firsts{0, 0}, Firsts{0, 2}, Firsts{0, 4, 2},
                                 Firsts{2, 0, 4}, Firsts{0, 4, 0}, Firsts{0, 4, 0, 4}, Firsts{1, 3, 4});
  expect_plain_gradient({3, 8}, [&](auto x, auto, bool plain) {
    Operands parts;
    for (const std::size_t first : halves) parts.push_back(columns(x, first, 4, plain));
    return parts;
  });
  const Firsts quarters =
      GENERATE(Firsts{0, 2, 4, 6}, Firsts{6, 4, 2, 0}, Firsts{0, 2, 6}, Firsts{0, 2, 2, 6}, Firsts{0, 2, 3, 6});
  expect_plain_gradient({3, 8}, [&](auto x, auto, bool plain) {
    Operands parts;
    for (const std::size_t first : quarters) parts.push_back(columns(x, first, 2, plain));
    return parts;
  });
}

TEST_CASE("so have columns beside those of a constant, or beside all of them at once", "[tape][gradient]") {
  expect_plain_gradient({3, 8}, [](auto x, auto c, bool plain) {
    return Operands{columns(x, 0, 4, plain), columns(c, 0, 4, plain), columns(x, 4, 4, plain), columns(c, 4, 4, plain)};
  });
  expect_plain_gradient({3, 8}, [](auto x, auto c, bool plain) {
    return Operands{columns(c, 4, 4, plain), columns(x, 0, 4, plain)};
  });
  expect_plain_gradient({3, 8}, [](auto x, auto, bool plain) { return Operands{columns(x, 0, 8, plain), x}; });
  expect_plain_gradient({3, 8}, [](auto x, auto, bool plain) { return Operands{x, columns(x, 0, 8, plain)}; });
}

TEST_CASE("so have columns of a view, of columns, and of two views of one tensor", "[tape][gradient]") {
  const std::size_t first = GENERATE(0u, 1u, 3u);
  expect_plain_gradient({6, 8}, [&](auto x, auto, bool plain) {
    const auto view = rows_as(x, first, {3, 8}, plain);
    return Operands{columns(view, 0, 4, plain), columns(view, 4, 4, plain)};
  });
  expect_plain_gradient({6, 8}, [&](auto x, auto, bool plain) {
    const auto part = columns(x, first, 4, plain);
    return Operands{columns(part, 2, 2, plain), columns(part, 0, 2, plain), columns(x, first, 2, plain)};
  });
  expect_plain_gradient({6, 8}, [&](auto x, auto, bool plain) {
    const auto one = rows_as(x, first, {3, 8}, plain), other = rows_as(x, 2, {3, 8}, plain);
    return Operands{columns(one, 0, 4, plain), columns(one, 4, 4, plain), columns(other, 0, 4, plain),
                    columns(other, 4, 4, plain)};
  });
}

TEST_CASE("so have all columns of a tensor beside rows of it", "[tape][gradient]") {
  const std::size_t first = GENERATE(0u, 1u, 2u), location = GENERATE(0u, 1u, 2u);
  expect_plain_gradient({4, 4}, [&](auto x, auto, bool plain) {
    Operands parts{columns(x, 0, 2, plain), columns(x, 2, 2, plain)};
    parts.insert(parts.begin() + location, rows_as(x, first, {4, 2}, plain));
    return parts;
  });
}

TEST_CASE("rows that are met in any order, overlap, or are left out have the gradients of copies", "[tape][gradient]") {
  using Firsts = std::vector<std::size_t>;
  const Firsts firsts = GENERATE(Firsts{3, 2, 1, 0}, Firsts{0, 1, 2, 3}, Firsts{2, 3, 0}, Firsts{3, 1}, Firsts{0},
                                 Firsts{3, 3, 2, 2}, Firsts{1, 3, 0, 2}, Firsts{2, 1, 2});
  const std::size_t count = GENERATE(1u, 2u);
  const auto gradient = [&](bool plain) {
    Tape<double> tape;
    make_dirty(tape);
    const auto x = tape.input(normal<double>(Random(1), {5, 3}));
    auto sum = tape.zeros({count, 3});
    // The last recorded is swept first.
    for (const std::size_t first : firsts)
      sum = sum + map([](auto a) { return a * a; }, rows_as(x, first, {count, 3}, plain));
    tape.backward({{sum, normal<double>(Random(3), {count, 3})}});
    return gradient_numbers_of(x);
  };
  CHECK(gradient(false) == gradient(true));
}
