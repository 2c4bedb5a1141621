#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

/// Processes, on one machine or several, that train one model together.
namespace unroll::inline v0 {

/// How bytes get from process to process. MpiProcesses (framework/mpi/mpi_processes.hpp) has one.
struct Transport {
  /// Sends `to[p]` to each other process p, and fills `from[p]` with what p sends; returns when both are done. All
  /// processes call it together, and agree on the sizes. to[p] and from[p] of the own process are left alone.
  std::function<void(std::span<const std::span<const std::byte>> to, std::span<const std::span<std::byte>> from)>
      exchange;
  /// Replaces the numbers by their sums over all processes, in any order that is the same in all of them; may be empty.
  std::function<void(std::span<float>)> sum_floats = {};
  std::function<void(std::span<double>)> sum_doubles = {};  ///< The same.
};

/// A value whose bytes mean the same in another process: a number, or a struct of numbers; no pointer, and nothing that
/// only refers to its content, such as a std::string_view.
template <class Value>
concept Sendable = std::is_trivially_copyable_v<Value> && !std::is_pointer_v<Value> && !requires(Value & value) {
  value.data();
};

/// The processes that train a model together, as one of them sees them. Every process calls the same functions in the
/// same order: one that calls another waits for ever, or all end with an error of the transport. A copy speaks for the
/// same processes. Without a transport there is one process.
class Communicator {
 public:
  /// One process.
  Communicator();
  /// Process number `process` of `processes`. Throws ArgumentError unless there is such a process, and a transport
  /// where there are several.
  Communicator(std::size_t process, std::size_t processes, Transport transport);

  std::size_t process() const;    ///< The number of this process, from 0.
  std::size_t processes() const;  ///< How many there are.
  /// Whether this is process 0: the one that prints and writes files.
  bool is_first() const { return process() == 0; }
  bool is_alone() const { return processes() == 1; }  ///< Whether it is the only one.

  /// As Transport::exchange.
  void exchange(std::span<const std::span<const std::byte>> to, std::span<const std::span<std::byte>> from) const;
  /// bytes[p] are those of process p: each gives its own, and has all afterwards. They agree on the sizes.
  void gather_bytes(std::span<const std::span<std::byte>> bytes) const;
  /// values[p] is that of process p, likewise. Allocates nothing. Throws ArgumentError unless there is one for each.
  template <Sendable Value>
  void gather(std::span<Value> values) const {
    gather_equal(std::as_writable_bytes(values), values.size());
  }
  /// The texts of all processes, in their order.
  std::vector<std::string> gather_text(std::string_view own) const;

  /// The value of the first process, in all of them.
  template <Sendable Value>
  Value of_first(Value own) const {
    copy_from_first(std::as_writable_bytes(std::span(&own, 1)));
    return own;
  }
  /// The same for a text.
  std::string of_first(std::string own) const;

  /// Replaces the numbers by their sums over all processes, as fast as it can: in an order, and so to bits, that depend
  /// on their number. Throws Error when the transport has no such sums.
  void sum_fast(std::span<float> numbers) const;
  void sum_fast(std::span<double> numbers) const;  ///< The same.

 private:
  struct Group;
  void gather_equal(std::span<std::byte> bytes, std::size_t values) const;
  void copy_from_first(std::span<std::byte> bytes) const;

  std::shared_ptr<Group> group_;
};

}  // namespace unroll::inline v0
