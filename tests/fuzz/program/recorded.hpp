#pragma once

#include "program.hpp"
#include <unroll/framework/tape/module.hpp>
#include <unroll/framework/tensor/random.hpp>

namespace fuzzing {

/// A program on a tape of one scalar: recorded, swept, and asked what was found.
template <class Scalar>
class Recorded {
 public:
  /// Records. `speeds`: of each leaf its direction, where the scalar has one.
  Recorded(const Program& program, unroll::Tape<Scalar>& tape, std::uint64_t other_direction = 0)
      : program_(program), tape_(tape) {
    weights_.all.reserve(program.items.size());
    for (const auto& item : program.items) {
      if (const auto* const leaf = std::get_if<LeafNode>(&item))
        add_leaf(*leaf, other_direction);
      else
        add_step(std::get<Step>(item));
    }
  }

  const Nodes<Scalar>& nodes() const { return nodes_; }
  /// The direction in which a leaf moves here.
  double speed(std::size_t node, std::size_t i) const { return speeds_[node][i]; }

  void sweep() {
    std::vector<unroll::Tensor<Scalar>> cotangents;
    std::vector<unroll::Seed<Scalar>> seeds;
    cotangents.reserve(program_.seeds.size());
    for (const auto& seed : program_.seeds) {
      cotangents.emplace_back(nodes_[seed.node].shape(),
                              std::vector<Scalar>(seed.cotangent.begin(), seed.cotangent.end()));
      seeds.push_back({nodes_[seed.node], cotangents.back().view()});
    }
    tape_.backward(std::span<const unroll::Seed<Scalar>>(seeds));
  }
  /// The same by way of the parameters' own gradients, if there is but one seed and it is one number.
  bool sweep_into_parameters() {
    if (program_.seeds.size() != 1 || program_.nodes[program_.seeds[0].node].numbers.size() != 1) return false;
    into_parameters_ = true;
    parameters_ = unroll::Parameters<Scalar>(weights_);
    if (parameters_.size() == 0) return false;
    const auto loss = nodes_[program_.seeds[0].node] * static_cast<double>(program_.seeds[0].cotangent[0]);
    tape_.backward(loss, parameters_);
    return true;
  }

  /// What backward found for each leaf and each node whose gradient is kept, by node; empty for others.
  std::vector<std::vector<Scalar>> gradients() const {
    std::vector<std::vector<Scalar>> result(nodes_.size());
    for (std::size_t node = 0; node < nodes_.size(); ++node) {
      if (parameter_of_[node] != nullptr) {
        const auto& parameter = *parameter_of_[node];
        result[node].resize(parameter.shape().size());
        const Scalar* from = tape_.gradient_of(parameter);
        if (into_parameters_) from = parameter.has_gradient() ? parameter.gradient().data() : nullptr;
        if (from != nullptr) std::copy_n(from, result[node].size(), result[node].begin());
      } else if (is_input_[node] || program_.kept[node]) {
        const auto view = nodes_[node].gradient();
        result[node].assign(view.begin(), view.end());
      }
    }
    return result;
  }

 private:
  struct Weights {
    std::vector<unroll::Parameter<Scalar>> all;
    static void members(auto& self, auto&& visit) { visit("leaf", self.all); }
  };

  void add_leaf(const LeafNode& leaf, std::uint64_t other_direction) {
    unroll::Tensor<Scalar> tensor(to_shape(leaf.shape));
    std::vector<double> speeds = leaf.speeds;
    if (other_direction != 0 && leaf.kind != Leaf::constant) {
      const auto random = unroll::Random(other_direction).split(nodes_.size());
      for (std::size_t i = 0; i < speeds.size(); ++i) speeds[i] = random.normal(i);
    }
    for (std::size_t i = 0; i < tensor.size(); ++i) {
      if constexpr (std::is_same_v<Scalar, unroll::DualNumber>)
        tensor[i] = {leaf.numbers[i], speeds[i]};
      else
        tensor[i] = static_cast<Scalar>(leaf.numbers[i]);
    }
    if (leaf.kind == Leaf::parameter) {
      weights_.all.emplace_back(std::move(tensor));
      push(tape_.use(weights_.all.back()), std::move(speeds));
      parameter_of_.back() = &weights_.all.back();
    } else {
      push(leaf.kind == Leaf::input ? tape_.input(tensor) : tape_.constant(tensor), std::move(speeds));
      is_input_.back() = leaf.kind == Leaf::input;
    }
  }

  void add_step(const Step& step) {
    Nodes<Scalar> operands;
    for (const std::size_t node : step.of) operands.push_back(nodes_[node]);
    Nodes<Scalar> results;
    if constexpr (std::is_same_v<Scalar, float>)
      results = step.op->on_floats(step, operands);
    else if constexpr (std::is_same_v<Scalar, double>)
      results = step.op->on_doubles(step, operands);
    else
      results = step.op->on_duals(step, operands);
    for (const auto& result : results) {
      if (program_.kept[nodes_.size()] && tape_.records_gradients()) result.keep_gradient();
      push(result, {});
    }
  }

  void push(unroll::Variable<Scalar> node, std::vector<double> speeds) {
    nodes_.push_back(node);
    speeds_.push_back(std::move(speeds));
    parameter_of_.push_back(nullptr);
    is_input_.push_back(false);
  }

  const Program& program_;
  unroll::Tape<Scalar>& tape_;
  Weights weights_;
  unroll::Parameters<Scalar> parameters_;
  bool into_parameters_ = false;
  Nodes<Scalar> nodes_;
  std::vector<std::vector<double>> speeds_;
  std::vector<const unroll::Parameter<Scalar>*> parameter_of_;
  std::vector<bool> is_input_;
};

}  // namespace fuzzing
