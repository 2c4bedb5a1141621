#pragma once

#include <array>
#include <string_view>
#include <utility>

namespace benchmark {

/// What a network is taken to be, for the table on paper.
struct Network {
  double bytes_per_second;  ///< Of one link, in each direction.
  double latency;           ///< Seconds until a message has arrived.
  double message;           ///< Seconds that a process spends on a message, whatever its size.
};

constexpr std::array<std::pair<std::string_view, Network>, 2> networks{
    {{"10", {1.25e9, 25e-6, 2e-6}}, {"100", {12.5e9, 3e-6, 0.5e-6}}}};

/// How often all processes exchange something in a step: sums of the parts, which parameters have a gradient, chunks of
/// gradients, chunks of their sum, and the clock and signals.
constexpr double exchanges_of_step = 5;

constexpr double cores_of_a_node = 16;

/// The seconds of communication in a step of n nodes, of which each has a batch of its own and waits for nobody:
///
///     5 (latency + (n - 1) message) + 2 (n - 1) / n · 4 parameters / bytes per second
///
/// since each sends (n - 1) / n of the gradients, and then as much of their sums.
double paper_exchange(const Network& network, double nodes, double parameters);

}  // namespace benchmark
