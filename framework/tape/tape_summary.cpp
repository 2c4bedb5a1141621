#include <unroll/framework/tape/tape.hpp>
#include <unroll/framework/tape/tape_summary.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string_view>
#include <utility>

namespace unroll::inline v0 {

namespace {

constexpr double megabyte = 1e6;

double in_megabytes(std::size_t bytes) { return static_cast<double>(bytes) / megabyte; }

void add(TapeSummary::Bytes& sum, const TapeSummary::Bytes& part) {
  sum.nodes += part.nodes;
  sum.values += part.values;
  sum.gradients += part.gradients;
  sum.rules += part.rules;
}

void print_row(std::string& text, std::size_t width, std::string_view name, const TapeSummary::Bytes& bytes,
               std::size_t all) {
  text += fmt::format("{:{}}  {:8}  {:10.3f}  {:10.3f}  {:10.3f}  {:5.1f} %\n", name, width, bytes.nodes,
                      in_megabytes(bytes.values), in_megabytes(bytes.gradients), in_megabytes(bytes.rules),
                      100 * static_cast<double>(bytes.total()) / static_cast<double>(std::max<std::size_t>(all, 1)));
}

std::string operations_table(const TapeSummary& summary) {
  std::size_t width = std::string_view("operation").size();
  for (const auto& [name, bytes] : summary.operations) width = std::max(width, name.size());
  std::string text = fmt::format("{:{}}  {:>8}  {:>10}  {:>10}  {:>10}  {:>7}\n", "operation", width, "nodes",
                                 "values MB", "grads MB", "rules MB", "fraction");
  for (const auto& [name, bytes] : summary.operations) print_row(text, width, name, bytes, summary.all.total());
  print_row(text, width, "all", summary.all, summary.all.total());
  return text;
}

/// The steps of one scope, which need not stand side by side in the list.
struct StepsOfScope {
  std::string scope;
  std::size_t steps = 0, largest = 0;
  TapeSummary::Bytes bytes;
};

std::vector<StepsOfScope> by_scope(const TapeSummary& summary) {
  std::vector<StepsOfScope> rows;
  for (const auto& step : summary.steps) {
    const std::string name = step.scope.empty() ? "sequence" : step.scope;
    auto row = std::find_if(rows.begin(), rows.end(), [&](const StepsOfScope& one) { return one.scope == name; });
    if (row == rows.end()) row = rows.insert(rows.end(), {name, 0, 0, {}});
    ++row->steps;
    row->largest = std::max(row->largest, step.bytes.total());
    add(row->bytes, step.bytes);
  }
  return rows;
}

std::string steps_table(const TapeSummary& summary) {
  const auto rows = by_scope(summary);
  if (rows.empty()) return {};
  std::size_t width = std::string_view("outside of steps").size();
  for (const auto& row : rows) width = std::max(width, row.scope.size());
  std::string text = fmt::format("\n{:{}}  {:>8}  {:>10}  {:>10}  {:>10}\n", "scope", width, "steps", "nodes/step",
                                 "MB/step", "largest MB");
  for (const auto& [scope, steps, largest, bytes] : rows)
    text += fmt::format("{:{}}  {:8}  {:10.1f}  {:10.4f}  {:10.4f}\n", scope, width, steps,
                        static_cast<double>(bytes.nodes) / static_cast<double>(steps),
                        in_megabytes(bytes.total()) / static_cast<double>(steps), in_megabytes(largest));
  text += fmt::format("{:{}}  {:>8}  {:10}  {:10.4f}\n", "outside of steps", width, "", summary.outside.nodes,
                      in_megabytes(summary.outside.total()));
  return text;
}

}  // namespace

std::string to_string(const TapeSummary& summary) {
  std::string text = operations_table(summary) + steps_table(summary);
  text += fmt::format(
      "\nnotes, scratch and free memory {:.3f} MB, nested tapes {:.3f} MB; at most {:.3f} MB used so "
      "far, {:.3f} MB held from the heap\n",
      in_megabytes(summary.other), in_megabytes(summary.nested), in_megabytes(summary.peak),
      in_megabytes(summary.capacity));
  if (!summary.warning.empty()) text += "warning: " + summary.warning + "\n";
  return text;
}

// ---- counting ------------------------------------------------------------------------------------------------------

template <class Scalar>
std::size_t Tape<Scalar>::bytes_of_value(const Node& node) const {
  const bool own = node.kind == Kind::plain || node.kind == Kind::lazy || node.kind == Kind::columns;
  return own && !node.outer && node.value != nullptr ? node.shape.size() * sizeof(Scalar) : 0;
}

/// A parameter's gradient that is in the memory of Parameter::gradient counts 0.
template <class Scalar>
std::size_t Tape<Scalar>::bytes_of_gradient(const Node& node) const {
  if (node.gradient == nullptr || node.outer || node.lent) return 0;
  if (node.kind == Kind::parameter) {
    const auto* const parameter = static_cast<const Presence*>(node.capture)->owner;
    if (parameter != nullptr && parameter->has_gradient() && parameter->gradient().data() == node.gradient) return 0;
  }
  return node.shape.size() * sizeof(Scalar);
}

template <class Scalar>
TapeSummary Tape<Scalar>::summary() const {
  TapeSummary summary;
  std::map<std::string_view, TapeSummary::Bytes> operations;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t>
      step_index;  // scope and step -> index in summary.steps
  for (std::size_t index = 0; index < nodes_.size(); ++index) {
    const Node& node = nodes_[index];
    const TapeSummary::Bytes bytes{.nodes = 1,
                                   .values = bytes_of_value(node),
                                   .gradients = bytes_of_gradient(node),
                                   .rules = sizeof(Node) + node.rule_bytes};
    add(summary.all, bytes);
    add(operations[node.operation], bytes);
    const ScopeLog::Position at = scope_log_.position_of(index);
    if (at.step == ScopeLog::none) {
      add(summary.outside, bytes);
      continue;
    }
    const auto [entry, is_new] = step_index.try_emplace({at.scope, at.step}, summary.steps.size());
    if (is_new) summary.steps.push_back({scope_log_.scope_name(at.scope), at.step, {}});
    add(summary.steps[entry->second].bytes, bytes);
  }
  for (const auto& [name, bytes] : operations) summary.operations.push_back({std::string(name), bytes});
  std::stable_sort(summary.operations.begin(), summary.operations.end(),
                   [](const auto& a, const auto& b) { return a.bytes.total() > b.bytes.total(); });

  for (const auto& tape : nested_) summary.nested += tape->bytes();
  const std::size_t in_list = nodes_.size() * sizeof(Node);
  const std::size_t own = bytes() - summary.nested, counted = summary.all.total() - in_list;
  summary.other = own - std::min(own, counted);
  summary.peak = peak();
  summary.capacity = capacity();
  summary.most_steps = scope_log_.most_steps();
  if (records_gradients() && expected_steps_ > 0 && scope_log_.most_steps() / 4 >= expected_steps_
      && scope_log_.most_steps() != 4 * expected_steps_)
    summary.warning = warning_of_steps();
  return summary;
}

template <class Scalar>
std::size_t Tape<Scalar>::peak() const {
  std::size_t sum = arena_.peak() + beside_parameters_.peak() + beside_marked_.peak();
  for (const auto& tape : nested_) sum += tape->peak();
  return sum;
}

// ---- too many steps ------------------------------------------------------------------------------------------------

template <class Scalar>
void Tape<Scalar>::expect_steps(std::size_t window, std::function<void(const std::string&)> warn) {
  expected_steps_ = window;
  warn_ = std::move(warn);
  constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
  most_steps_ = window > 0 && window <= most / 4 ? 4 * window : most;
}

template <class Scalar>
void Tape<Scalar>::warn_of_steps() {
  most_steps_ = std::numeric_limits<std::size_t>::max();  // so that it warns once, until the tape is cleared
  if (warn_ && records_gradients()) warn_(warning_of_steps());
}

template <class Scalar>
std::string Tape<Scalar>::warning_of_steps() const {
  const std::string unrolled = to_string(scope_log_.location_of(scope_log_.busiest()).unrolled);
  return fmt::format(
      "this recording spans {} steps of one cell{}, and {} were expected: was clear() forgotten between windows, or is "
      "a state of an earlier window carried on as a Variable, so that the tape cannot be cleared? (carry it as "
      "numbers, in a CarriedState)",
      scope_log_.most_steps(), unrolled.empty() ? "" : fmt::format(", unrolled at {}", unrolled), expected_steps_);
}

#define UNROLL_INSTANTIATE(Scalar)                                                                \
  template std::size_t Tape<Scalar>::bytes_of_value(const Node&) const;                           \
  template std::size_t Tape<Scalar>::bytes_of_gradient(const Node&) const;                        \
  template TapeSummary Tape<Scalar>::summary() const;                                             \
  template std::size_t Tape<Scalar>::peak() const;                                                \
  template void Tape<Scalar>::expect_steps(std::size_t, std::function<void(const std::string&)>); \
  template void Tape<Scalar>::warn_of_steps();                                                    \
  template std::string Tape<Scalar>::warning_of_steps() const;
UNROLL_INSTANTIATE(float)
UNROLL_INSTANTIATE(double)
UNROLL_INSTANTIATE(DualNumber)
#undef UNROLL_INSTANTIATE

}  // namespace unroll::inline v0
