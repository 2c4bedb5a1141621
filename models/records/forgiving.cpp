#include <unroll/framework/errors/error.hpp>
#include <unroll/models/records/forgiving.hpp>

#include <memory>
#include <string>
#include <utility>

namespace unroll::inline v0 {

namespace {

/// An observer may take an update or an evaluation without writing while its file is out of order: that tells nothing.
/// At a checkpoint it writes all that it holds.
enum class Success { tells_nothing, shows_all_well };

/// What the functions of a forgiving observer have in common.
struct Forgiveness {
  std::function<void(std::string_view)> warn;
  std::string failure = {};  // the latest message; empty after a success that shows that all is well

  void attempt(Success success, auto&& act) {
    try {
      act();
      if (success == Success::shows_all_well) failure.clear();
    } catch (const IoError& error) {
      if (failure == error.what()) return;
      failure = error.what();
      warn("warning: " + failure + "; the training goes on");
    }
  }
};

template <class... Records>
void forgive(std::function<void(const Records&...)>& told, const std::shared_ptr<Forgiveness>& forgiveness,
             Success success) {
  if (!told) return;
  told = [tell = std::move(told), forgiveness, success](const Records&... records) {
    forgiveness->attempt(success, [&] { tell(records...); });
  };
}

}  // namespace

TrainingObserver forgiving(TrainingObserver observer, std::function<void(std::string_view)> warn) {
  const auto forgiveness = std::make_shared<Forgiveness>(Forgiveness{.warn = std::move(warn)});
  forgive(observer.on_update, forgiveness, Success::tells_nothing);
  forgive(observer.on_evaluation, forgiveness, Success::tells_nothing);
  forgive(observer.on_checkpoint, forgiveness, Success::shows_all_well);
  return observer;
}

}  // namespace unroll::inline v0
