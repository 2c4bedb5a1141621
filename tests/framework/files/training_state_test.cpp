#include "support/catch.hpp"
#include "support/messages.hpp"
#include "support/small_model.hpp"
#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/files/module_file.hpp>
#include <unroll/framework/files/training_state.hpp>
#include <unroll/framework/optimizers/any_optimizer.hpp>
#include <unroll/framework/optimizers/schedule.hpp>

using namespace unroll;
using namespace unroll::testing;
using Catch::Contains;

namespace {

/// A model that is trained on gradients that depend on the step.
struct Training {
  SmallModel<> model;
  Parameters<> parameters{model};
  Adam<> adam{{.learning_rate = 0.1}};
  PlateauSchedule schedule{{.learning_rate = 0.1, .factor = 0.5, .patience = 1}};

  void train(int first, int last) {
    for (int step = first; step < last; ++step) {
      for (const auto& [name, parameter] : parameters)
        set_gradient(*parameter, Tensor<>(parameter->shape(), static_cast<float>(step % 3) - 0.5F));
      schedule.observe(1);
      adam.set_learning_rate(schedule.rate(0));
      adam.update(parameters);
    }
  }
  SafetensorsFile file() {
    SafetensorsFile result;
    add_module(result, model, "model.");
    add_training_state(result, adam, "adam.");
    add_training_state(result, schedule, "schedule.");
    return result;
  }
  std::string refusal_of(const SafetensorsFile& from) {
    return message_of<FileError>([&] { load_training_state(from, adam, "adam."); });
  }
};

}  // namespace

TEST_CASE("training that is saved whole goes on as if it had not stopped, to the bit") {
  Training whole, first, second;
  whole.train(0, 9);
  first.train(0, 5);
  const SafetensorsFile file = first.file();
  load_module(file, second.model, {.prefix = "model."});
  second.adam.bind(second.parameters);
  load_training_state(file, second.adam, "adam.");
  load_training_state(file, second.schedule, "schedule.");
  second.train(5, 9);
  CHECK(second.model.weight.value() == whole.model.weight.value());
  CHECK(second.model.bias.value() == whole.model.bias.value());
  CHECK(second.file().tensors == whole.file().tensors);
}

TEST_CASE("numbers are stored as they are counted, and any optimizer remembers") {
  Training training;
  training.train(0, 3);
  const SafetensorsFile file = training.file();
  CHECK(file.get<std::uint64_t>("adam.weight.steps") == Tensor<std::uint64_t>(Shape{}, 3));
  CHECK(file.get<double>("schedule.rate") == Tensor<double>(Shape{}, training.schedule.rate(0)));
  auto any = make_optimizer("adam");
  any.bind(training.parameters);
  load_training_state(file, any, "adam.");
  SafetensorsFile again;
  add_training_state(again, any, "adam.");
  CHECK(again.get<float>("adam.weight.first_moment") == file.get<float>("adam.weight.first_moment"));
}

TEST_CASE("a state that does not fit is refused with all that does not, and nothing changes") {
  Training training;
  training.train(0, 3);
  auto file = training.file();
  CHECK_THAT(Training().refusal_of(file), Contains("nothing is remembered yet: was bind(parameters)"));
  file.tensors.erase("adam.bias.steps");
  file.tensors["adam.weight.velocity"] = Tensor<>({2});
  file.tensors["adam.weight.first_moment"] = Tensor<>({2});
  file.tensors["adam.weight.steps"] = Tensor<double>(Shape{});
  const auto before = training.file();
  CHECK(training.refusal_of(file)
        == "load_training_state: safetensors does not fit under the prefix \"adam.\" (was it saved by another optimizer or "
           "model, or under another prefix?)\n"
           "  Missing key(s): \"adam.bias.steps\"\n"
           "  Unexpected key(s): \"adam.weight.velocity\"\n"
           "  \"adam.weight.steps\" is F64 [], expected U64 [], \"adam.weight.first_moment\" is F32 [2], expected F32 "
           "[2, 3]");
  CHECK(training.file().tensors == before.tensors);
}

TEST_CASE("a state under a name that is taken is refused, and the file stays as it was") {
  Training training;
  training.train(0, 1);
  SafetensorsFile file;
  file.tensors["adam.bias.steps"] = Tensor<>({1});
  CHECK(message_of<ArgumentError>([&] { add_training_state(file, training.adam, "adam."); })
        == "add_training_state: the file has a tensor \"adam.bias.steps\" already, expected a free name (was the same added "
           "twice, or does something else have this prefix?)");
  CHECK(file.tensors.size() == 1);
}
