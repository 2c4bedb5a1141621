#include <unroll/framework/errors/error.hpp>
#include <unroll/framework/processes/reducer.hpp>
#include <unroll/framework/threads/split_work.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

// How several processes sum gradients over the fixed tree. All numbers of all parameters that have a gradient, one
// after the other, are cut into as many chunks as there are processes, and process p makes the sum of chunk p:
//
//   1. Each process adds up the subtrees of its own parts, whole gradients, and writes them chunk by chunk.
//   2. It sends to each process the chunk that is that one's, of each subtree. With parts and processes that are powers
//      of two, each has one subtree, and sends and receives as much as the fastest sums do; otherwise it has a few.
//   3. It adds up the rest of the tree for its own chunk, and sends the sum to all.
//
// Each number is added up in one place, over the same tree as in one process: hence the same bits.
namespace unroll::inline v0 {

using detail::numbers_at_once;
using detail::PartTree;

template <class Scalar>
Reducer<Scalar>::Reducer(std::size_t parts, Team& team, Communicator communicator, SumOrder order)
    : parts_(parts), team_(team), communicator_(std::move(communicator)), order_(order) {
  if (parts == 0) throw ArgumentError("reducer: 0 parts given, expected at least 1");
  const std::size_t processes = communicator_.processes();
  bytes_.resize(processes), to_.resize(processes), sent_.resize(processes), received_.resize(processes);
  for (std::size_t p = 0; p < processes; ++p) subtrees_.push_back(subtrees_of(p));
}

template <class Scalar>
std::vector<PartTree> Reducer<Scalar>::subtrees_of(std::size_t process) const {
  std::vector<PartTree> subtrees;
  const auto [first, count] = range_of(process);
  for_each_subtree(PartTree{0, parts_}, PartTree{first, count}, [&](PartTree subtree) { subtrees.push_back(subtree); });
  return subtrees;
}

template <class Scalar>
void Reducer<Scalar>::add(const detail::TapesOfParts<Scalar>& tapes, const Parameters<Scalar>& parameters) {
  if (tapes.parts != own_parts().count)
    throw ArgumentError(fmt::format("reducer: tapes of {} parts given, expected those of the {} parts of process {}",
                                    tapes.parts, own_parts().count, communicator_.process()));
  if (communicator_.is_alone()) return detail::add_gradients(tapes, parameters, team_);
  exchange_presence(tapes, parameters);
  lay_out(parameters);
  sum_own_subtrees(tapes, parameters);
  if (order_ == SumOrder::fast) {
    communicator_.sum_fast(std::span(sum_));
  } else {
    exchange_subtrees();
    sum_own_chunk();
    gather_chunks();
  }
  add_sum(parameters);
}

/// Finds out which parameters have a gradient, and in which processes. One that has none anywhere must get none.
template <class Scalar>
void Reducer<Scalar>::exchange_presence(const detail::TapesOfParts<Scalar>& tapes,
                                        const Parameters<Scalar>& parameters) {
  const std::size_t count = parameters.size();
  presents_.resize(communicator_.processes() * count);
  for (std::size_t p = 0; p < communicator_.processes(); ++p)
    bytes_[p] = std::as_writable_bytes(std::span(presents_).subspan(p * count, count));
  const std::size_t own = communicator_.process() * count;
  for (std::size_t k = 0; k < count; ++k)
    presents_[own + k] = detail::has_gradient(tapes, *parameters[k].parameter) ? 1 : 0;
  communicator_.gather_bytes(bytes_);
  present_.assign(count, 0);
  for (std::size_t i = 0; i < presents_.size(); ++i) present_[i % count] |= presents_[i];
}

/// Takes memory, the first time, and again when the model has another size.
template <class Scalar>
void Reducer<Scalar>::lay_out(const Parameters<Scalar>& parameters) {
  const std::size_t processes = communicator_.processes(), own = communicator_.process();
  std::size_t numbers = 0;
  for (std::size_t k = 0; k < parameters.size(); ++k) numbers += size_of(parameters, k);
  sum_.resize(numbers);
  chunks_.clear();
  for (std::size_t p = 0; p < processes; ++p) {
    const auto [first, count] = BatchPart{p, processes}.range_of(sum_.size());
    chunks_.push_back({first, count});
  }
  if (order_ == SumOrder::fast) return;
  for (std::size_t p = 0; p < processes; ++p) {
    sent_[p].resize(subtrees_[own].size() * chunks_[p].count);
    received_[p].resize(p == own ? 0 : subtrees_[p].size() * chunks_[own].count);
  }
}

/// How many numbers of a parameter are summed: none where no process has a gradient.
template <class Scalar>
std::size_t Reducer<Scalar>::size_of(const Parameters<Scalar>& parameters, std::size_t k) const {
  return present_[k] == 0 ? 0 : parameters[k].parameter->value().size();
}

template <class Scalar>
void Reducer<Scalar>::expect_parts(std::size_t values) const {
  if (values != parts_)
    throw ArgumentError(fmt::format("reducer: {} values given, expected one for each of {} parts", values, parts_));
}

/// Calls work(k, first, count, at) for a thread's share of the numbers of a chunk, at most numbers_at_once of parameter
/// k at a time, `at` from the chunk's beginning.
template <class Scalar>
template <class Work>
void Reducer<Scalar>::for_each_piece(std::size_t member, const Parameters<Scalar>& parameters, Chunk chunk,
                                     const Work& work) const {
  const auto [first, count] = BatchPart{member, team_.size()}.range_of(chunk.count);
  const std::size_t begin = chunk.first + first, end = begin + count;
  std::size_t passed = 0;  // numbers of the parameters before
  for (std::size_t k = 0; k < parameters.size(); ++k) {
    const std::size_t size = size_of(parameters, k), last = std::min(end, passed + size);
    for (std::size_t at = std::max(begin, passed); at < last; at += numbers_at_once)
      work(k, at - passed, std::min(numbers_at_once, last - at), at - chunk.first);
    passed += size;
  }
}

template <class Scalar>
void Reducer<Scalar>::sum_own_subtrees(const detail::TapesOfParts<Scalar>& tapes,
                                       const Parameters<Scalar>& parameters) {
  const std::size_t first_part = own_parts().first;
  const auto write_sum = [&](std::size_t member, PartTree tree, Chunk chunk, Scalar* to) {
    for_each_piece(member, parameters, chunk, [&](std::size_t k, std::size_t first, std::size_t count, std::size_t at) {
      detail::sum_gradients(tapes, tree, first_part, *parameters[k].parameter, first, count, to + at);
    });
  };
  if (order_ == SumOrder::fast) {
    std::fill(sum_.begin(), sum_.end(), Scalar{0});
    if (tapes.parts == 0) return;
    return team_.run([&](std::size_t member) {
      write_sum(member, {first_part, tapes.parts}, {0, sum_.size()}, sum_.data());
    });
  }
  const auto& subtrees = subtrees_[communicator_.process()];
  team_.run([&](std::size_t member) {
    for (std::size_t p = 0; p < chunks_.size(); ++p)
      for (std::size_t i = 0; i < subtrees.size(); ++i)
        write_sum(member, subtrees[i], chunks_[p], sent_[p].data() + i * chunks_[p].count);
  });
}

template <class Scalar>
void Reducer<Scalar>::exchange_subtrees() {
  for (std::size_t p = 0; p < chunks_.size(); ++p) {
    to_[p] = std::as_bytes(std::span(sent_[p]));
    bytes_[p] = std::as_writable_bytes(std::span(received_[p]));
  }
  communicator_.exchange(to_, bytes_);
}

template <class Scalar>
void Reducer<Scalar>::sum_own_chunk() {
  const std::size_t own = communicator_.process();
  const Chunk chunk = chunks_[own];
  // Where the sum over a subtree begins, if a process has made it.
  const auto find = [&](PartTree subtree) -> const Scalar* {
    for (std::size_t p = 0; p < subtrees_.size(); ++p)
      for (std::size_t i = 0; i < subtrees_[p].size(); ++i)
        if (subtrees_[p][i] == subtree) return (p == own ? sent_[p] : received_[p]).data() + i * chunk.count;
    return nullptr;
  };
  team_.run([&](std::size_t member) {
    const auto [first, count] = BatchPart{member, team_.size()}.range_of(chunk.count);
    for (std::size_t at = first; at < first + count; at += numbers_at_once) {
      const std::size_t now = std::min(numbers_at_once, first + count - at);
      sum_tree(PartTree{0, parts_}, now, sum_.data() + chunk.first + at, [&](PartTree subtree, Scalar* to) {
        const Scalar* const known = find(subtree);
        if (known != nullptr) std::copy_n(known + at, now, to);
        return known != nullptr;
      });
    }
  });
}

template <class Scalar>
void Reducer<Scalar>::gather_chunks() {
  for (std::size_t p = 0; p < chunks_.size(); ++p)
    bytes_[p] = std::as_writable_bytes(std::span(sum_).subspan(chunks_[p].first, chunks_[p].count));
  communicator_.gather_bytes(bytes_);
}

template <class Scalar>
void Reducer<Scalar>::add_sum(const Parameters<Scalar>& parameters) {
  for (std::size_t k = 0; k < parameters.size(); ++k) {
    if (present_[k] == 0) continue;
    static_cast<void>(parameters[k].parameter->gradient_memory());  // made here, since the threads must not
    parameters[k].parameter->mark_gradient_written();
  }
  team_.run([&](std::size_t member) {
    for_each_piece(member, parameters, {0, sum_.size()},
                   [&](std::size_t k, std::size_t first, std::size_t count, std::size_t at) {
                     Scalar* const gradient = parameters[k].parameter->gradient_memory() + first;
                     for (std::size_t i = 0; i < count; ++i) gradient[i] += sum_[at + i];
                   });
  });
}

template class Reducer<float>;
template class Reducer<double>;

}  // namespace unroll::inline v0
