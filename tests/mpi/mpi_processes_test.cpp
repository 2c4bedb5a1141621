#define CATCH_CONFIG_RUNNER
#include <unroll/framework/mpi/mpi_processes.hpp>
#include <unroll/framework/processes/reducer.hpp>
#include <unroll/framework/tensor/random.hpp>

#include <catch2/catch.hpp>

#include <numeric>
#include <string>
#include <vector>

using namespace unroll;

namespace {

/// Of all processes that run this program.
const Communicator* all_processes = nullptr;

const Communicator& all() { return *all_processes; }

struct Model {
  Parameter<> weight{normal<float>(Random(1), {300, 41})}, bias{normal<float>(Random(2), {7})};
  static void members(auto& self, auto&& visit) { visit("weight", self.weight), visit("bias", self.bias); }
};

}  // namespace

TEST_CASE("processes exchange pieces of any size, each another to each") {
  const std::size_t processes = all().processes(), own = all().process();
  // Process p sends to process q (p + 1) (q + 2)^k bytes, all of them 10 p + q; k = 6 is a message that does not fit
  // into what a transport keeps by itself.
  for (const int k : {0, 1, 3, 6}) {
    const auto size = [&](std::size_t from, std::size_t to) {
      std::size_t bytes = from + 1;
      for (int i = 0; i < k; ++i) bytes *= to + 2;
      return from == to ? 0 : bytes * 7;
    };
    std::vector<std::vector<std::byte>> sent, received;
    std::vector<std::span<const std::byte>> to;
    std::vector<std::span<std::byte>> from;
    for (std::size_t p = 0; p < processes; ++p) {
      sent.emplace_back(size(own, p), static_cast<std::byte>(10 * own + p));
      received.emplace_back(size(p, own));
    }
    for (std::size_t p = 0; p < processes; ++p) to.emplace_back(sent[p]), from.emplace_back(received[p]);
    all().exchange(to, from);
    for (std::size_t p = 0; p < processes; ++p)
      CHECK(received[p] == std::vector<std::byte>(size(p, own), static_cast<std::byte>(10 * p + own)));
  }
}

TEST_CASE("processes gather texts, and have what the first one says") {
  const auto texts = all().gather_text(std::string(1000 * all().process(), 'x') + "end");
  REQUIRE(texts.size() == all().processes());
  for (std::size_t p = 0; p < texts.size(); ++p) CHECK(texts[p] == std::string(1000 * p, 'x') + "end");
  CHECK(all().of_first(std::to_string(all().process())) == "0");
  CHECK(all().of_first(static_cast<double>(all().process()) + 0.5) == 0.5);
}

TEST_CASE("processes add up numbers fast") {
  std::vector<float> floats(100000);
  std::vector<double> doubles(3, 0.25);
  std::iota(floats.begin(), floats.end(), static_cast<float>(all().process()));
  all().sum_fast(std::span(floats));
  all().sum_fast(std::span(doubles));
  const auto processes = static_cast<float>(all().processes());
  const float of_process_numbers = processes * (processes - 1) / 2;
  CHECK(floats[0] == of_process_numbers);
  CHECK(floats[99999] == of_process_numbers + processes * 99999);
  CHECK(doubles == std::vector<double>(3, 0.25 * static_cast<double>(all().processes())));
}

TEST_CASE("gradients have the same bits in all processes, and those that one process makes of them") {
  const auto reduce = [](const Communicator& communicator) {
    Model model;
    const Parameters<> parameters(model);
    Team team(1);
    Reducer<> reducer(6, team, communicator);
    std::vector<Tape<>> tapes(reducer.own_parts().count);
    reducer.for_each_part([&](BatchPart part, std::size_t own) {
      const auto gradient = normal<float>(Random(part.index), model.weight.shape());
      tapes[own].backward(std::vector{Seed<float>{tapes[own].use(model.weight), gradient}});
    });
    reducer.add_gradients(tapes, parameters);
    CHECK_FALSE(model.bias.has_gradient());
    return model.weight.gradient();
  };
  CHECK((reduce(all()) == reduce({})));
}

TEST_CASE("a message of another size than expected is told, whether it is longer or shorter") {
  if (all().is_alone()) return;
  const bool shorter = GENERATE(false, true);
  std::vector<std::byte> bytes(8), fewer(4);
  std::vector<std::span<const std::byte>> to(all().processes());
  std::vector<std::span<std::byte>> from(all().processes());
  if (all().is_first()) to[1] = shorter ? fewer : bytes;
  if (all().process() == 1) from[0] = shorter ? bytes : fewer;
  const auto exchange = [&] { all().exchange(to, from); };
  if (all().process() == 1)
    CHECK_THROWS_WITH(exchange(), Catch::Contains("they are not at the same call"));
  else
    exchange();
}

int main(int count, char** words) {
  MpiProcesses mpi(count, words);
  all_processes = &mpi.communicator();
  return mpi.run([&](const Communicator&) { return Catch::Session().run(count, words); });
}
