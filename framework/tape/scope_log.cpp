#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/tape/scope_log.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace unroll::inline v0 {

std::string to_string(const CallSite& site) {
  if (site.line() == 0) return {};
  const std::string_view path = site.file_name();
  return fmt::format("{}:{}", path.substr(path.find_last_of('/') + 1), site.line());
}

std::string to_string(const Location& location) {
  std::string text = location.scope;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (location.step) add(fmt::format("step {}", *location.step));
  if (location.unrolled.line() != 0) add("unrolled at " + to_string(location.unrolled));
  return text;
}

void ScopeLog::enter(std::size_t node, const char* name, std::size_t number, const void* owner, CallSite site) {
  const std::size_t around = here_.scope;
  std::size_t index = around == none ? 0 : scopes_[around].owner;
  if (owner != nullptr) {
    const auto known = std::find_if(owners_.begin(), owners_.end(), [&](const Owner& one) { return one.of == owner; });
    index = static_cast<std::size_t>(known - owners_.begin());
    if (known == owners_.end()) owners_.push_back({owner, 0});
  }
  scopes_.push_back({name, number, around, index, site});
  here_ = {scopes_.size() - 1, none};
  note(node);
}

void ScopeLog::leave(std::size_t node, const Position& back_to) {
  here_ = back_to;
  note(node);
}

/// A span without nodes is overwritten: otherwise a loop that rewinds after each step would fill the memory.
void ScopeLog::note(std::size_t node) {
  if (spans_.empty() || spans_.back().first_node < node) spans_.push_back({node, 0, {}});
  spans_.back().scopes = scopes_.size();
  spans_.back().position = here_;
}

void ScopeLog::refuse(const char* operation, const char* number) {
  throw ArgumentError(fmt::format("{}: {} {} given (was it computed as -1?)", operation, number, none));
}

ScopeLog::Position ScopeLog::position_of(std::size_t node) const {
  const auto after = std::upper_bound(spans_.begin(), spans_.end(), node,
                                      [](std::size_t wanted, const Span& span) { return wanted < span.first_node; });
  return after == spans_.begin() ? Position{} : std::prev(after)->position;
}

std::string ScopeLog::scope_name(std::size_t scope) const {
  std::string name;
  for (; scope != none; scope = scopes_[scope].around) {
    const Scope& one = scopes_[scope];
    if (one.name == nullptr) continue;
    const std::string part = one.number == none ? one.name : fmt::format("{} {}", one.name, one.number);
    name = name.empty() ? part : part + ", " + name;
  }
  return name;
}

Location ScopeLog::location_of(const Position& position) const {
  Location location{.scope = scope_name(position.scope), .layer = {}, .step = {}, .unrolled = {}};
  if (position.step != none) location.step = position.step;
  for (std::size_t scope = position.scope; scope != none; scope = scopes_[scope].around) {
    const Scope& one = scopes_[scope];
    if (!location.layer && one.number != none && std::string_view(one.name) == "layer") location.layer = one.number;
    if (location.unrolled.line() == 0) location.unrolled = one.site;
  }
  return location;
}

void ScopeLog::forget_from(std::size_t node) {
  while (!spans_.empty() && spans_.back().first_node >= node) spans_.pop_back();
  const std::size_t open = here_.scope == none ? 0 : here_.scope + 1;
  const std::size_t known = std::max<std::size_t>(spans_.empty() ? 0 : spans_.back().scopes, open);
  scopes_.erase(scopes_.begin() + static_cast<std::ptrdiff_t>(std::min(known, scopes_.size())), scopes_.end());
  if (busiest_.scope != none && busiest_.scope >= scopes_.size()) busiest_ = {};
  if (position_of(node) != here_) note(node);  // a scope is still open, and its beginning has been forgotten
}

void ScopeLog::clear() {
  ++clears_;
  here_ = busiest_ = {};
  scopes_.clear();
  owners_.resize(1);
  owners_[0].steps = 0;
  spans_.clear();
  most_steps_ = 0;
}

std::size_t ScopeLog::capacity() const {
  return scopes_.capacity() * sizeof(Scope) + owners_.capacity() * sizeof(Owner) + spans_.capacity() * sizeof(Span);
}

}  // namespace unroll::inline v0
