#pragma once

#include <unroll/framework/tape/module.hpp>
#include <unroll/framework/tape/tape.hpp>

#include <algorithm>
#include <concepts>
#include <map>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/// Derivatives along a direction: the same code runs on DualNumber instead of double. Values are then forward mode
/// (Griewank and Walther 2008, section 3.1), and gradients forward over reverse (section 5.3; Pearlmutter 1994, "Fast
/// exact multiplication by the Hessian"). They are exact, and cost a few times what values and gradients cost. Ops need
/// no rule for them.
namespace unroll::inline v0 {

/// A tensor for each parameter of a model, by name: a direction, a gradient.
using NamedTensors = std::map<std::string, Tensor<double>>;

namespace detail {

template <class Type>
struct OfDuals {
  using type = Type;
};
template <>
struct OfDuals<double> {
  using type = DualNumber;
};
template <template <class...> class Template, class... Arguments>
struct OfDuals<Template<Arguments...>> {
  using type = Template<typename OfDuals<Arguments>::type...>;
};
template <template <class, auto> class Template, class Argument, auto value>  // Bidirectional<Cell, merge>
struct OfDuals<Template<Argument, value>> {
  using type = Template<typename OfDuals<Argument>::type, value>;
};

template <class Scalar>
struct NamedConstParameter {
  std::string name;
  const Parameter<Scalar>* parameter;
};
template <class Scalar>
using ConstParameters = std::vector<NamedConstParameter<Scalar>>;

/// The parameters of a const model, in the order in which Parameters lists them.
template <class Scalar, Module M>
ConstParameters<Scalar> list_parameters(const M& module) {
  ConstParameters<Scalar> list;
  for_each_parameter(module, [&](const std::string& name, const Parameter<Scalar>& parameter) {
    for (const auto& known : list)
      if (known.parameter == &parameter) return;
    if (std::any_of(list.begin(), list.end(), [&](const auto& known) { return known.name == name; })) refuse_name(name);
    list.push_back({name, &parameter});
  });
  return list;
}

void set_duals(const Parameters<DualNumber>& duals, const ConstParameters<double>& model,
               const NamedTensors& direction);
std::vector<Tensor<DualNumber>> join(const std::vector<Tensor<double>>& values,
                                     const std::vector<Tensor<double>>& tangents);

template <class Scalar>
std::vector<Variable<Scalar>> on_tape(Tape<Scalar>& tape, const std::vector<Tensor<Scalar>>& tensors) {
  std::vector<Variable<Scalar>> variables;
  for (const auto& tensor : tensors) variables.push_back(tape.input(tensor));
  return variables;
}

}  // namespace detail

/// The type of a model with DualNumber for double: Layers<LstmCell<double>> -> Layers<LstmCell<DualNumber>>.
template <class Model>
using DualModel = typename detail::OfDuals<Model>::type;

/// Fills `duals`, which was made with the settings of `model`: values from the model's parameters, tangents from
/// `direction`. Parameters that the direction does not name get tangents of 0; each is frozen when the model's is. For
/// models that dual_model cannot make. Throws ArgumentError when one model has a parameter that the other has not, or
/// the direction names one that the model has not or that is frozen; ShapeError when shapes differ.
template <Module Duals, Module Model>
void set_duals(Duals& duals, const Model& model, const NamedTensors& direction) {
  detail::set_duals(Parameters<DualNumber>(duals), detail::list_parameters<double>(model), direction);
}

/// A copy of a model of doubles in DualNumbers, with `direction` as tangents; throws as set_duals does. The model's
/// type must be a template of its scalar with a constructor from the same model of another scalar, as unroll's are:
///
///     template <class Other>
///     explicit Mine(const Mine<Other>& other) : cell(other.cell), output(other.output) {}
template <Module Model>
DualModel<Model> dual_model(const Model& model, const NamedTensors& direction) {
  static_assert(!std::is_same_v<DualModel<Model>, Model>,
                "dual_model: the model's type does not name double: make it a template, Model<Scalar>, of type "
                "parameters, and give a Model<double> (or use set_duals)");
  static_assert(std::is_constructible_v<DualModel<Model>, const Model&>,
                "dual_model: Model<DualNumber> cannot be made of Model<double>: write `template <class Other> explicit "
                "Model(const Model<Other>& other)` (or use set_duals)");
  DualModel<Model> duals(model);
  set_duals(duals, model, direction);
  return duals;
}

/// f(x), and its derivative along a direction.
struct DirectionalDerivative {
  Tensor<double> value,  ///< f(x)
      tangent;           ///< Of the same shape.
};
/// The values and the tangents of a tensor of duals.
DirectionalDerivative separate(TensorView<const DualNumber> duals);

/// The value of a function of inputs, and its derivative along tangents (a Jacobian-vector product), in one forward
/// pass. jvp calls `function(tape, inputs)` with a Tape<DualNumber> and a Variable for each input; the function returns
/// one Variable of any shape.
///
///     const auto [value, tangent] = jvp([](auto&, auto in) { return matmul(in[0], in[1]); }, {a, b}, {da, db});
///
/// Throws ArgumentError unless there is a tangent for each input, and ShapeError unless it has the input's shape.
template <class Function>
DirectionalDerivative jvp(Function function, const std::vector<Tensor<double>>& inputs,
                          const std::vector<Tensor<double>>& tangents) {
  Tape<DualNumber> tape(Recording::values);
  const auto variables = detail::on_tape(tape, detail::join(inputs, tangents));
  return separate(function(tape, std::span<const Variable<DualNumber>>(variables)).value());
}

/// The same for a function of a model's parameters, `function(tape, model)`, along `direction`. The function casts its
/// data to the scalar of the tape:
///
///     jvp([&]<class Scalar>(Tape<Scalar>& tape, const auto& model) {
///       return run(model, tape.constant(cast<Scalar>(inputs))).outputs;
///     }, lstm, {{"0.hidden_weight", direction}});
///
/// Throws as dual_model does.
template <Module Model, class Function>
DirectionalDerivative jvp(Function function, const Model& model, const NamedTensors& direction) {
  const auto duals = dual_model(model, direction);
  Tape<DualNumber> tape(Recording::values);
  return separate(function(tape, duals).value());
}

/// The same for a function of both, `function(tape, model, inputs)`. Throws as dual_model and the first jvp do.
template <Module Model, class Function>
DirectionalDerivative jvp(Function function, const Model& model, const NamedTensors& direction,
                          const std::vector<Tensor<double>>& inputs, const std::vector<Tensor<double>>& tangents) {
  const auto duals = dual_model(model, direction);
  return jvp([&](auto& tape, auto variables) { return function(tape, duals, variables); }, inputs, tangents);
}

/// The result of forward over reverse. Both maps have each parameter that is not frozen, by name.
struct HessianVectorProduct {
  double loss;            ///< The loss.
  NamedTensors gradient,  ///< Its gradient.
      product;            ///< H · direction, in the shapes of the parameters.
};

namespace detail {
HessianVectorProduct sweep_duals(Variable<DualNumber> loss, const ConstParameters<DualNumber>& parameters);
}

/// The same for a model of duals, made by dual_model or filled by set_duals: `loss(tape, duals)`.
template <class Loss, Module Duals>
HessianVectorProduct hessian_vector_product(Loss loss, const Duals& duals) {
  Tape<DualNumber> tape;
  return detail::sweep_duals(loss(tape, duals), detail::list_parameters<DualNumber>(duals));
}

/// H · v for the Hessian H of a loss by the parameters of a model of doubles: the change of the gradient along v. It
/// costs a few gradients and never forms H. `loss(tape, model)` returns one number on a Tape<DualNumber>; it may use
/// any op and any model.
///
///     const auto [loss, gradient, product] = hessian_vector_product(
///         [&]<class Scalar>(Tape<Scalar>& tape, const auto& model) {
///           const auto outputs = run(model, tape.constant(cast<Scalar>(inputs))).outputs;
///           return mean_squared_error(outputs, cast<Scalar>(targets));
///         },
///         lstm, direction);
///
/// `direction` names parameters as parameters_of does; those that it leaves out have zeros. Throws as dual_model and
/// backward do. At a kink (relu at 0) the second derivative is that of the side which the gradient takes: 0.
template <class Loss, Module Model>
HessianVectorProduct hessian_vector_product(Loss loss, const Model& model, const NamedTensors& direction) {
  return hessian_vector_product(loss, dual_model(model, direction));
}

}  // namespace unroll::inline v0
