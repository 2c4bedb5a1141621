#include "program.hpp"

#include <unroll/framework/tensor/random.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace fuzzing {

namespace {

using unroll::Random;

constexpr std::size_t most_numbers = 600, most_items = 40, most_steps = 16;
constexpr double largest_number = 64, largest_speed = 1e5;

/// Few sizes, so that shapes meet; those around the lengths of registers and of kernels' blocks among them.
constexpr std::array<std::size_t, 16> extents{1, 2, 3, 4, 2, 3, 5, 2, 3, 4, 8, 9, 16, 17, 33, 0};

class Decoder final : public Workbench {
 public:
  explicit Decoder(std::span<const std::uint8_t> bytes) : choices_(bytes) {}

  Program decode() {
    Decisions::nearest() = std::numeric_limits<double>::infinity();
    Decisions::tied() = false;
    choose_settings();
    const std::size_t steps = 1 + choices_.below(most_steps);
    for (std::size_t i = 0; i < steps && !choices_.exhausted() && program_.items.size() < most_items; ++i) add_step();
    if (program_.nodes.empty()) of_shape({2, 3});
    choose_outputs();
    program_.undecided = Decisions::nearest() < 1e-9;
    program_.undecided_in_float = Decisions::nearest() < 1e-2 || Decisions::tied() || is_chaotic_;
    if (is_chaotic_) program_.tolerance = 1e-5;
    return std::move(program_);
  }

  Choices& choices() override { return choices_; }
  const Array& array(std::size_t node) const override { return program_.nodes[node]; }

  std::size_t any() override {
    if (program_.nodes.empty()) return of_shape(random_shape());
    const std::size_t count = program_.nodes.size();
    return choices_.one_in(2) ? count - 1 : choices_.below(count);
  }
  std::optional<std::size_t> any_with(const std::function<bool(const Extents&)>& fits) override {
    const std::size_t first = any(), count = program_.nodes.size();
    for (std::size_t i = 0; i < count; ++i)
      if (const std::size_t node = (first + count - i) % count; fits(shape(node))) return node;
    const std::size_t leaf = of_new_shape(random_shape());
    return fits(shape(leaf)) ? std::optional(leaf) : std::nullopt;
  }
  std::size_t of_shape(const Extents& wanted) override {
    const std::size_t count = program_.nodes.size(), first = count == 0 ? 0 : choices_.below(count);
    if (!choices_.one_in(4))
      for (std::size_t i = 0; i < count; ++i)
        if (const std::size_t node = (first + i) % count; shape(node) == wanted) return node;
    return of_new_shape(wanted);
  }
  std::size_t extent() override {
    const std::size_t chosen = choices_.below(extents.size());
    return extents[chosen] == 0 && !choices_.one_in(4) ? 6 : extents[chosen];
  }

 private:
  Extents random_shape() {
    Extents shape;
    for (std::size_t rank = choices_.below(8) % 5; rank > 0; --rank) shape.push_back(extent());
    return shape;
  }

  void choose_settings() {
    program_.numbers_seed = choices_.byte() | std::uint64_t{choices_.byte()} << 8;
    const std::uint8_t bits = choices_.byte();
    has_short_numbers_ = (bits & 1) != 0;
    program_.checked = (bits & 2) != 0;
    program_.repeatable = (bits & 4) != 0;
    program_.gathered_rows = std::array<std::size_t, 4>{1, 3, 8, 256}[bits >> 3 & 3];
  }

  /// A new leaf; one of too many numbers has fewer in its first axes.
  std::size_t of_new_shape(const Extents& shape) {
    LeafNode leaf{
        std::array{Leaf::input, Leaf::parameter, Leaf::parameter, Leaf::constant}[choices_.below(4)], shape, {}, {}};
    const Random random = Random(program_.numbers_seed).split(program_.nodes.size());
    Array array{shape, {}};
    array.exact = has_short_numbers_;
    for (std::size_t i = 0; i < size_of(shape) && i <= most_numbers; ++i) {
      const double number = random.normal(i), speed = leaf.kind == Leaf::constant ? 0 : random.split(1).normal(i);
      leaf.numbers.push_back(has_short_numbers_ ? std::round(std::clamp(number, -3.0, 3.0) * 2) / 2
                                                : static_cast<double>(static_cast<float>(number)));
      leaf.speeds.push_back(speed);
      array.numbers.emplace_back(leaf.numbers.back(), speed);
    }
    if (size_of(shape) > most_numbers) throw TooLarge();
    program_.needs_gradient.push_back(leaf.kind != Leaf::constant);
    program_.kept.push_back(false);
    program_.nodes.push_back(std::move(array));
    program_.items.emplace_back(std::move(leaf));
    return program_.nodes.size() - 1;
  }

  /// Another op, unless it fits nothing, or its numbers are of a size that hides mistakes.
  void add_step() {
    const auto& kinds = every_kind();
    Step step;
    step.op = &kinds[choices_.below(kinds.size())];
    try {
      if (!step.op->choose(*this, step)) return;
    } catch (const TooLarge&) {
      return;
    }
    const Arrays* const nodes = &program_.nodes;
    Operands operands;
    bool needs_gradient = false;
    for (const std::size_t node : step.of) {
      operands.push_back(&(*nodes)[node]);
      needs_gradient = needs_gradient || program_.needs_gradient[node];
    }
    if (is_too_large(step)) return;
    const double nearest = Decisions::nearest();
    const bool tied = Decisions::tied();
    Arrays results = step.op->on_paper(step, operands);
    if (results.empty() || !std::all_of(results.begin(), results.end(), is_sensible)) {
      Decisions::nearest() = nearest, Decisions::tied() = tied;
      return;
    }
    step.results = results.size();
    const bool keeps = step.op->owns_gradient && needs_gradient && choices_.one_in(6);
    for (Array& result : results) {
      if (keeps) push_aside(result);
      program_.nodes.push_back(std::move(result));
      program_.needs_gradient.push_back(needs_gradient);
      program_.kept.push_back(keeps);
    }
    is_chaotic_ = is_chaotic_ || (step.op->rounding > 1 && array(step.of[0]).shape[0] > 5);
    program_.items.emplace_back(std::move(step));
  }

  /// Whether the sizes that were chosen are those of too many numbers.
  static bool is_too_large(const Step& step) {
    std::size_t size = 1;
    for (const std::size_t extent : step.sizes) size *= std::max<std::size_t>(extent, 1);
    return size > most_numbers;
  }
  static bool is_sensible(const Array& array) {
    return array.numbers.size() <= most_numbers && array.shape.size() <= unroll::Shape::max_rank
           && std::all_of(array.numbers.begin(), array.numbers.end(), [](Moving number) {
                return std::abs(number.value) <= largest_number && std::abs(number.speed) <= largest_speed;
              });
  }

  /// A node whose gradient is kept is moved in a direction of its own as well, so that the slope tells of it.
  void push_aside(Array& array) {
    const Random random = Random(program_.numbers_seed).split(program_.nodes.size()).split(2);
    for (std::size_t i = 0; i < array.numbers.size(); ++i) array.numbers[i].speed += random.normal(i);
  }

  void choose_outputs() {
    std::vector<std::size_t> candidates;
    for (std::size_t node = 0; node < program_.nodes.size(); ++node)
      if (program_.needs_gradient[node]) candidates.push_back(node);
    if (candidates.empty()) return;
    const std::size_t count = 1 + choices_.below(3);
    for (std::size_t k = 0; k < count; ++k) {
      ProgramSeed seed{k == 0 ? candidates.back() : candidates[choices_.below(candidates.size())], {}};
      const Array& array = program_.nodes[seed.node];
      const Random random = Random(program_.numbers_seed).split(1000 + k);
      for (std::size_t i = 0; i < array.numbers.size(); ++i) {
        seed.cotangent.push_back(static_cast<double>(static_cast<float>(random.normal(i))));
        const double term = seed.cotangent.back() * array.numbers[i].speed;
        program_.slope += term;
        program_.slope_magnitude += std::abs(term);
      }
      program_.seeds.push_back(std::move(seed));
    }
  }

  struct TooLarge {};

  Choices choices_;
  Program program_;
  bool has_short_numbers_ = false, is_chaotic_ = false;
};

}  // namespace

Program decode(std::span<const std::uint8_t> bytes) { return Decoder(bytes).decode(); }

std::string to_string(const Program& program) {
  std::string text;
  std::size_t node = 0;
  const auto shape = [&] { return fmt::format("{}", program.nodes[node].shape); };
  for (const auto& item : program.items) {
    if (const auto* const leaf = std::get_if<LeafNode>(&item)) {
      constexpr std::array names{"input", "parameter", "constant"};
      text += fmt::format("  {}: {} {}\n", node, names[static_cast<std::size_t>(leaf->kind)], shape());
      ++node;
      continue;
    }
    const auto& step = std::get<Step>(item);
    text +=
        fmt::format("  {}: {} of {} -> {}{}; axis {}, sizes {}, lengths {}, places {}, number {}, flag {}, seed {}\n",
                    node, step.op->name, step.of, shape(), program.kept[node] ? " (gradient kept)" : "", step.axis,
                    step.sizes, step.lengths, step.indices, step.number, step.flag, step.seed);
    node += step.results;
  }
  for (const auto& seed : program.seeds) text += fmt::format("  backward from {}\n", seed.node);
  return text
         + fmt::format("  gathered rows {}, checked {}, repeatable {}\n", program.gathered_rows, program.checked,
                       program.repeatable);
}

}  // namespace fuzzing
