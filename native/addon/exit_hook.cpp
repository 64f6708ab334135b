#include "addon/exit_hook.hpp"

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <vector>

namespace datablock::addon {
namespace {

struct Hook {
  void (*run)(void*);
  void* argument;
  bool operator==(const Hook&) const = default;
};

/// The hooks of all threads. Worker threads have ended, with theirs, when the process runs its exit handlers.
class ProcessHooks {
 public:
  static ProcessHooks& instance() {
    static auto* hooks = new ProcessHooks;  // never destroyed: handles may go after it
    return *hooks;
  }

  void add(Hook hook) {
    const std::lock_guard lock(mutex_);
    hooks_.push_back(hook);
  }
  /// False: the process is ending, and nothing of node may be touched any more.
  bool remove(Hook hook) {
    const std::lock_guard lock(mutex_);
    std::erase(hooks_, hook);
    return !is_exiting_;
  }

 private:
  ProcessHooks() {
    std::atexit([] { instance().run_all(); });
  }

  /// The youngest first. Each of them removes itself.
  void run_all() {
    for (;;) {
      Hook hook{};
      {
        const std::lock_guard lock(mutex_);
        is_exiting_ = true;
        if (hooks_.empty()) {
          return;
        }
        hook = hooks_.back();
        hooks_.pop_back();
      }
      hook.run(hook.argument);
    }
  }

  std::mutex mutex_;
  std::vector<Hook> hooks_;
  bool is_exiting_ = false;
};

}  // namespace

void add_exit_hook(napi_env env, void (*run)(void*), void* argument) {
  ProcessHooks::instance().add({run, argument});
  napi_add_env_cleanup_hook(env, run, argument);
}

void remove_exit_hook(napi_env env, void (*run)(void*), void* argument) {
  if (ProcessHooks::instance().remove({run, argument})) {
    napi_remove_env_cleanup_hook(env, run, argument);
  }
}

}  // namespace datablock::addon
