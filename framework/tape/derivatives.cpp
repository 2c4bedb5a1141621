#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/errors/quoted.hpp>
#include <unroll/framework/tape/derivatives.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace unroll::inline v0 {

namespace {

Tensor<DualNumber> join_one(TensorView<const double> values, TensorView<const double> tangents) {
  Tensor<DualNumber> result(values.shape());
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = {values[i], tangents[i]};
  return result;
}

bool has_parameter(const auto& list, const std::string& name) {
  return std::any_of(list.begin(), list.end(), [&](const auto& one) { return one.name == name; });
}

/// The first name of one list that the other has not, or nullptr.
const std::string* missing_name(const auto& names, const auto& list) {
  for (const auto& one : names)
    if (!has_parameter(list, one.name)) return &one.name;
  return nullptr;
}

void expect_same_names(const Parameters<DualNumber>& duals, const detail::ConstParameters<double>& model) {
  if (const auto* const name = missing_name(model, duals))
    throw ArgumentError(fmt::format(
        "dual_model: the model of duals has no parameter {} (was it made as the model was?)", quoted(*name)));
  if (const auto* const name = missing_name(duals, model))
    throw ArgumentError(
        fmt::format("dual_model: the model has no parameter {}, but that of duals has (was it made as the model was?)",
                    quoted(*name)));
}

void expect_known(const NamedTensors& direction, const detail::ConstParameters<double>& model) {
  for (const auto& [name, tensor] : direction) {
    if (has_parameter(model, name)) continue;
    std::vector<std::string> known;
    for (const auto& one : model) known.push_back(quoted(one.name));
    throw ArgumentError(fmt::format("dual_model: the direction names {}, which the model has not (it has {})",
                                    quoted(name), known.empty() ? "no parameters" : listed(known)));
  }
}

}  // namespace

void detail::set_duals(const Parameters<DualNumber>& duals, const ConstParameters<double>& model,
                       const NamedTensors& direction) {
  expect_same_names(duals, model);
  expect_known(direction, model);
  for (const auto& [name, parameter] : duals) {
    const auto same_name = [wanted = &name](const auto& one) { return one.name == *wanted; };
    const Parameter<double>& original = *std::find_if(model.begin(), model.end(), same_name)->parameter;
    const auto moved = direction.find(name);
    if (moved != direction.end()) {
      if (original.frozen)
        throw ArgumentError(
            fmt::format("dual_model: the direction names {}, which is frozen: it does not move", quoted(name)));
      expect_same_shape("dual_model: parameter " + quoted(name) + " and its direction", original.shape(),
                        moved->second.shape());
    }
    expect_same_shape("dual_model: parameter " + quoted(name) + " of the model and of that of duals", original.shape(),
                      parameter->shape());
    *parameter->mutable_value() =
        moved == direction.end() ? cast<DualNumber>(original.value()) : join_one(original.value(), moved->second);
    parameter->frozen = original.frozen;
  }
}

std::vector<Tensor<DualNumber>> detail::join(const std::vector<Tensor<double>>& values,
                                             const std::vector<Tensor<double>>& tangents) {
  if (values.size() != tangents.size())
    throw ArgumentError(
        fmt::format("jvp: {} inputs and {} tangents given, expected a tangent for each input (zeros for "
                    "one that does not move)",
                    values.size(), tangents.size()));
  std::vector<Tensor<DualNumber>> result;
  for (std::size_t i = 0; i < values.size(); ++i) {
    expect_same_shape(fmt::format("jvp: input {} and its tangent", i), values[i].shape(), tangents[i].shape());
    result.push_back(join_one(values[i], tangents[i]));
  }
  return result;
}

DirectionalDerivative separate(TensorView<const DualNumber> duals) {
  DirectionalDerivative result{Tensor<double>(duals.shape()), Tensor<double>(duals.shape())};
  for (std::size_t i = 0; i < duals.size(); ++i) {
    result.value[i] = duals[i].value;
    result.tangent[i] = duals[i].tangent;
  }
  return result;
}

HessianVectorProduct detail::sweep_duals(Variable<DualNumber> loss, const ConstParameters<DualNumber>& parameters) {
  Tape<DualNumber>& tape = loss.tape();
  // Read before backward, which may take its memory. backward refuses a loss that is not one number.
  const double number = loss.shape().size() == 1 ? loss.item().value : 0;
  HessianVectorProduct result{number, {}, {}};
  tape.backward(loss);
  for (const auto& [name, parameter] : parameters) {
    if (parameter->frozen) continue;
    const DualNumber* const gradient = tape.gradient_of(*parameter);
    const Tensor<DualNumber> none(gradient == nullptr ? parameter->shape() : Shape{0});
    auto [value, tangent] = separate({gradient == nullptr ? none.data() : gradient, parameter->shape()});
    result.gradient[name] = std::move(value);
    result.product[name] = std::move(tangent);
  }
  return result;
}

}  // namespace unroll::inline v0
