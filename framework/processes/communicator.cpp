#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/processes/communicator.hpp>

#include <fmt/format.h>

#include <cstdint>
#include <utility>

namespace unroll::inline v0 {

using ToSend = std::span<const std::byte>;
using ToFill = std::span<std::byte>;

struct Communicator::Group {
  std::size_t process = 0;
  std::size_t processes = 1;
  Transport transport = {};
  std::vector<ToSend> to = std::vector<ToSend>(processes);  // taken once, so that an exchange allocates nothing
  std::vector<ToFill> from = std::vector<ToFill>(processes);
};

Communicator::Communicator() : group_(std::make_shared<Group>()) {}

Communicator::Communicator(std::size_t process, std::size_t processes, Transport transport) {
  if (process >= processes)
    throw ArgumentError(fmt::format(
        "communicator: process {} of {} given, expected one from 0 and less than their number", process, processes));
  if (processes > 1 && !transport.exchange)
    throw ArgumentError(fmt::format("communicator: {} processes without an exchange given, expected one", processes));
  group_ =
      std::make_shared<Group>(Group{.process = process, .processes = processes, .transport = std::move(transport)});
}

std::size_t Communicator::process() const { return group_->process; }
std::size_t Communicator::processes() const { return group_->processes; }

void Communicator::exchange(std::span<const ToSend> to, std::span<const ToFill> from) const {
  if (!is_alone()) group_->transport.exchange(to, from);
}

void Communicator::gather_bytes(std::span<const ToFill> bytes) const {
  if (is_alone()) return;
  for (ToSend& own : group_->to) own = bytes[process()];
  group_->transport.exchange(group_->to, bytes);
}

void Communicator::gather_equal(ToFill bytes, std::size_t values) const {
  if (values != processes())
    throw ArgumentError(
        fmt::format("gather: {} values given, expected one for each of {} processes", values, processes()));
  const std::size_t size = bytes.size() / processes();
  for (std::size_t p = 0; p < processes(); ++p) group_->from[p] = bytes.subspan(p * size, size);
  gather_bytes(group_->from);
}

void Communicator::copy_from_first(ToFill bytes) const {
  if (is_alone()) return;
  for (std::size_t p = 0; p < processes(); ++p) {
    group_->to[p] = is_first() ? ToSend(bytes) : ToSend();
    group_->from[p] = p == 0 && !is_first() ? bytes : ToFill();
  }
  group_->transport.exchange(group_->to, group_->from);
}

std::string Communicator::of_first(std::string own) const {
  own.resize(of_first(own.size()));
  copy_from_first(std::as_writable_bytes(std::span(own)));
  return own;
}

std::vector<std::string> Communicator::gather_text(std::string_view own) const {
  std::vector<std::uint64_t> sizes(processes());
  sizes[process()] = own.size();
  gather(std::span(sizes));
  std::vector<std::string> texts(processes());
  texts[process()] = own;
  std::vector<ToFill> bytes;
  for (std::size_t p = 0; p < processes(); ++p) {
    texts[p].resize(sizes[p]);
    bytes.push_back(std::as_writable_bytes(std::span(texts[p])));
  }
  gather_bytes(bytes);
  return texts;
}

namespace {
template <class Scalar>
void sum_by(const std::function<void(std::span<Scalar>)>& sum, std::span<Scalar> numbers, bool is_alone) {
  if (is_alone) return;
  if (!sum) throw Error("communicator: this transport has no fast sums");
  sum(numbers);
}
}  // namespace

void Communicator::sum_fast(std::span<float> numbers) const {
  sum_by(group_->transport.sum_floats, numbers, is_alone());
}
void Communicator::sum_fast(std::span<double> numbers) const {
  sum_by(group_->transport.sum_doubles, numbers, is_alone());
}

}  // namespace unroll::inline v0
