#include <unroll/framework/error.hpp>
#include <unroll/framework/ledger.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace unroll::inline v0 {

std::string to_string(const Where& where) {
  if (where.line() == 0) return {};
  const std::string_view path = where.file_name();
  return fmt::format("{}:{}", path.substr(path.find_last_of('/') + 1), where.line());
}

std::string to_string(const Place& place) {
  std::string text = place.scope;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (place.step) add(fmt::format("step {}", *place.step));
  if (place.unrolled.line() != 0) add("unrolled at " + to_string(place.unrolled));
  return text;
}

void Ledger::enter(std::size_t node, const char* name, std::size_t number, const void* owner, Where where) {
  const std::size_t around = here_.scope;
  std::size_t index = around == none ? 0 : scopes_[around].owner;
  if (owner != nullptr) {
    const auto known = std::find_if(owners_.begin(), owners_.end(), [&](const Owner& one) { return one.of == owner; });
    index = static_cast<std::size_t>(known - owners_.begin());
    if (known == owners_.end()) owners_.push_back({owner, 0});
  }
  scopes_.push_back({name, number, around, index, where});
  here_ = {scopes_.size() - 1, none};
  note(node);
}

void Ledger::leave(std::size_t node, const Position& back_to) {
  here_ = back_to;
  note(node);
}

/// What has no node is not kept: a loop that rewinds after each step would fill the memory.
void Ledger::note(std::size_t node) {
  if (spans_.empty() || spans_.back().first_node < node) spans_.push_back({node, 0, {}});
  spans_.back().scopes = scopes_.size();
  spans_.back().position = here_;
}

void Ledger::refuse(const char* operation, const char* number) {
  throw ArgumentError(fmt::format("{}: {} {} given (was it computed as -1?)", operation, number, none));
}

Ledger::Position Ledger::position_of(std::size_t node) const {
  const auto after = std::upper_bound(spans_.begin(), spans_.end(), node,
                                      [](std::size_t wanted, const Span& span) { return wanted < span.first_node; });
  return after == spans_.begin() ? Position{} : std::prev(after)->position;
}

std::string Ledger::scope_name(std::size_t scope) const {
  std::string name;
  for (; scope != none; scope = scopes_[scope].around) {
    const Scope& one = scopes_[scope];
    if (one.name == nullptr) continue;
    const std::string part = one.number == none ? one.name : fmt::format("{} {}", one.name, one.number);
    name = name.empty() ? part : part + ", " + name;
  }
  return name;
}

Place Ledger::place_of(const Position& position) const {
  Place place{.scope = scope_name(position.scope), .layer = {}, .step = {}, .unrolled = {}};
  if (position.step != none) place.step = position.step;
  for (std::size_t scope = position.scope; scope != none; scope = scopes_[scope].around) {
    const Scope& one = scopes_[scope];
    if (!place.layer && one.number != none && std::string_view(one.name) == "layer") place.layer = one.number;
    if (place.unrolled.line() == 0) place.unrolled = one.where;
  }
  return place;
}

void Ledger::forget_from(std::size_t node) {
  while (!spans_.empty() && spans_.back().first_node >= node) spans_.pop_back();
  const std::size_t open = here_.scope == none ? 0 : here_.scope + 1;
  const std::size_t known = std::max<std::size_t>(spans_.empty() ? 0 : spans_.back().scopes, open);
  scopes_.erase(scopes_.begin() + static_cast<std::ptrdiff_t>(std::min(known, scopes_.size())), scopes_.end());
  if (busiest_.scope != none && busiest_.scope >= scopes_.size()) busiest_ = {};
  if (position_of(node) != here_) note(node);  // a scope that is still open, whose beginning has been forgotten
}

void Ledger::clear() {
  ++clears_;
  here_ = busiest_ = {};
  scopes_.clear();
  owners_.resize(1);
  owners_[0].steps = 0;
  spans_.clear();
  most_steps_ = 0;
}

std::size_t Ledger::capacity() const {
  return scopes_.capacity() * sizeof(Scope) + owners_.capacity() * sizeof(Owner) + spans_.capacity() * sizeof(Span);
}

}  // namespace unroll::inline v0
