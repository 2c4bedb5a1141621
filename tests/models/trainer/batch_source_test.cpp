#include "support/catch.hpp"
#include "support/training_models.hpp"
#include <unroll/models/trainer/batch_source.hpp>
#include <unroll/models/trainer/drawn_batches.hpp>

using namespace unroll;
using namespace unroll::testing;

namespace {

/// As a source should be, but for what another one of these leaves out.
struct Whole {
  struct Batch {
    std::size_t count = 0;
  };
  std::size_t batches() const { return 1; }
  void begin_epoch(const Random&) {}
  void read(std::size_t, BatchPart, Batch&) const {}
};
struct WithoutCount {
  struct Batch {};
  std::size_t batches() const { return 1; }
  void begin_epoch(const Random&) {}
  void read(std::size_t, BatchPart, Batch&) const {}
};
struct ReadingChangesIt {  // several threads could not read at once
  using Batch = Whole::Batch;
  std::size_t batches() const { return 1; }
  void begin_epoch(const Random&) {}
  void read(std::size_t, BatchPart, Batch&) {}
};

}  // namespace

TEST_CASE("a source is what gives counted batches to several threads at once", "[trainer]") {
  STATIC_REQUIRE(BatchSource<Whole>);
  STATIC_REQUIRE(BatchSource<StreamWindows>);
  STATIC_REQUIRE(BatchSource<decltype(points())>);
  STATIC_REQUIRE_FALSE(BatchSource<WithoutCount>);
  STATIC_REQUIRE_FALSE(BatchSource<ReadingChangesIt>);
}
