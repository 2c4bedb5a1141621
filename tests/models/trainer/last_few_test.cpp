#include "support/catch.hpp"
#include <unroll/models/trainer/last_few.hpp>

#include <vector>

using unroll::detail::LastFew;

TEST_CASE("the last few values are kept, the oldest first", "[trainer]") {
  for (std::size_t most = 1; most < 5; ++most) {
    LastFew<int> values(most);
    std::vector<int> all;
    for (int value = 0; value < 10; ++value) {
      values.renew() = value;
      all.push_back(value);
      REQUIRE(values.size() == std::min(most, all.size()));
      for (std::size_t i = 0; i < values.size(); ++i) CHECK(values[i] == all[all.size() - values.size() + i]);
    }
    values.clear();
    CHECK(values.size() == 0);
    CHECK(values.most() == most);
  }
}

TEST_CASE("a new value has the memory of the oldest", "[trainer]") {
  LastFew<std::vector<int>> values(2);
  values.renew().assign(100, 1);
  const int* const memory = values[0].data();
  values.renew().assign(100, 2);
  CHECK(values.renew().data() == memory);
  CHECK(values[0][0] == 2);
}
