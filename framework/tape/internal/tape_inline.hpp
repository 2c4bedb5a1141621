#pragma once

#include <unroll/framework/tape/tape.hpp>

#include <algorithm>
#include <cstring>
#include <new>

/// The parts of Tape and Variable that are compiled with their callers (tape.hpp includes this): templates of a rule or
/// a note, and the look-ups that every op makes several times, where a step at batch 1 takes microseconds.
namespace unroll::inline v0 {

// ---- nodes ---------------------------------------------------------------------------------------------------------

template <class Scalar>
inline auto Tape<Scalar>::node(Variable<Scalar> variable) const -> const Node& {
  if (variable.generation_ != generation_ || variable.index_ >= nodes_.size()) refuse_stale();
  return nodes_[variable.index_];
}
template <class Scalar>
inline Tape<Scalar>& Variable<Scalar>::tape() const {
  if (tape_ == nullptr) refuse_empty();
  return *tape_;
}
template <class Scalar>
inline Shape Variable<Scalar>::shape() const {
  return tape().node(*this).shape;
}
template <class Scalar>
inline bool Variable<Scalar>::needs_gradient() const {
  return tape().node(*this).needs_gradient;
}
template <class Scalar>
inline TensorView<const Scalar> Variable<Scalar>::value() const {
  auto& node = tape().node(*this);
  return {node.value != nullptr ? node.value : tape_->value_of(node), node.shape};
}

// ---- rules ---------------------------------------------------------------------------------------------------------

template <class Scalar>
template <class Rule>
const void* Tape<Scalar>::keep(const Rule& rule) {
  static_assert(std::is_trivially_copyable_v<Rule> && std::is_trivially_destructible_v<Rule>,
                "a backward rule is kept in the tape's arena: capture Variables and numbers by value, no containers");
  void* const capture = arena_.allocate(sizeof(Rule));
  std::memcpy(capture, static_cast<const void*>(&rule), sizeof(Rule));
  return capture;
}

template <class Scalar>
template <class Compute>
Variable<Scalar> Tape<Scalar>::record_lazily(const char* operation, const Shape& shape,
                                             std::initializer_list<Variable<Scalar>> inputs, const Compute& compute,
                                             CallSite site) {
  const CalledFrom caller(*this, site);
  const bool needs_gradient = any_needs_gradient(operation, std::span(inputs.begin(), inputs.size()));
  for (const Variable<Scalar>& input : inputs) ++nodes_[owner_of_numbers(input.index_)].readers;
  const auto result = push_new(operation, shape, nullptr, needs_gradient, Kind::lazy);
  note<Recipe>(result) = {[](const void* captured, Scalar* to) { (*static_cast<const Compute*>(captured))(to); },
                          keep(compute)};
  return result;
}

template <class Scalar>
template <class Rule>
void Variable<Scalar>::on_backward(const Rule& rule, std::uint32_t outputs) const {
  auto& node = tape().node(*this);
  if (node.rule != nullptr) refuse_second_rule(node.operation);
  if (!node.needs_gradient) return;
  node.capture = tape_->keep(rule);
  node.rule = [](const void* captured) { (*static_cast<const Rule*>(captured))(); };
  node.outputs = outputs;
  node.rule_bytes = static_cast<std::uint16_t>(std::min<std::size_t>(sizeof(Rule), 0xffff));
}

template <class Scalar>
template <class Rule>
void Variable<Scalar>::complete_gradient_with(const Rule& settle) const {
  using Settlement = typename Tape<Scalar>::Settlement;
  Settlement& latest = tape().template note<Settlement>(*this);
  const Settlement* before = nullptr;
  if (latest.rule != nullptr) before = new (tape_->template scratch<Settlement>(1).data()) Settlement(latest);
  latest = {[](const void* captured) { (*static_cast<const Rule*>(captured))(); }, tape_->keep(settle), before};
  tape_->node(*this).settles = true;
}

// ---- notes ---------------------------------------------------------------------------------------------------------

template <class Scalar>
template <class Note>
requires std::is_trivially_copyable_v<Note> Note& Tape<Scalar>::note(Variable<Scalar> of) {
  using Typed = TypedNote<Note>;
  if (Note* const known = find_note<Note>(of)) return *known;
  AnyNote*& notes = node(of).notes;
  auto* const added = new (scratch_beside<Typed>(of, 1).data()) Typed{{&Typed::type_name, notes}, {}};
  notes = added;
  return added->note;
}

template <class Scalar>
template <class Note>
Note* Tape<Scalar>::find_note(Variable<Scalar> of) {
  using Typed = TypedNote<Note>;
  for (AnyNote* known = node(of).notes; known != nullptr; known = known->next)
    if (known->type == &Typed::type_name) return &static_cast<Typed*>(known)->note;
  return nullptr;
}

// ---- the rest is compiled once --------------------------------------------------------------------------------------

extern template class Variable<float>;
extern template class Variable<double>;
extern template class Variable<DualNumber>;
extern template class AnyOperand<float>;
extern template class AnyOperand<double>;
extern template class AnyOperand<DualNumber>;
extern template class Tape<float>;
extern template class Tape<double>;
extern template class Tape<DualNumber>;

}  // namespace unroll::inline v0
