#include "platform/linux/fork_guard.hpp"

#include <pthread.h>

#include <condition_variable>
#include <mutex>

namespace datablock {
namespace {

/// Open while nobody guards. A fork closes it until it is done.
class ForkGate {
 public:
  static ForkGate& instance() {
    static auto* gate = new ForkGate;  // never destroyed: exit handlers may still need it
    return *gate;
  }
  void enter() {
    const std::lock_guard lock(mutex_);
    ++guards_;
  }
  void leave() {
    const std::lock_guard lock(mutex_);
    if (--guards_ == 0) {
      unguarded_.notify_all();
    }
  }

 private:
  ForkGate() {
    pthread_atfork([] { instance().close(); }, [] { instance().mutex_.unlock(); },
                   [] { instance().mutex_.unlock(); });
  }
  void close() {
    std::unique_lock lock(mutex_);
    unguarded_.wait(lock, [this] { return guards_ == 0; });
    lock.release();  // stays locked until the fork is done
  }

  std::mutex mutex_;
  std::condition_variable unguarded_;
  int guards_ = 0;
};

/// While the program starts: a fork that has begun before the handlers are there runs without them.
[[maybe_unused]] const ForkGate& at_start = ForkGate::instance();

}  // namespace

ForkGuard::ForkGuard() {
  ForkGate::instance().enter();
}
ForkGuard::~ForkGuard() {
  ForkGate::instance().leave();
}

}  // namespace datablock
