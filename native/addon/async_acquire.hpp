// Waiting off the main thread: one dedicated thread per waiting handle (a futex wait takes one word), which
// calls back into JavaScript. Never the libuv pool: four waits there would stop every fs call of the process.
#pragma once

#include <napi.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace datablock::addon {

class AsyncAcquire {
 public:
  /// `attempt(timeout_ms)` does the wait, on the thread, and returns what the hot function would. `cancel()`
  /// makes it end soon; called on the main thread.
  AsyncAcquire(std::function<double(std::int64_t)> attempt, std::function<void()> cancel)
      : attempt_(std::move(attempt)), cancel_(std::move(cancel)) {}
  AsyncAcquire(const AsyncAcquire&) = delete;
  AsyncAcquire& operator=(const AsyncAcquire&) = delete;
  ~AsyncAcquire() { stop(); }

  /// A promise of what `attempt` returns. Only when !is_busy().
  Napi::Value start(Napi::Env env, std::int64_t timeout_ms);
  /// Is an attempt under way, so that the handle belongs to the thread?
  bool is_busy() const { return busy_.load(std::memory_order_acquire); }
  /// Cancels a wait that is under way, whose promise is still resolved, and joins the thread. No start()
  /// afterwards.
  void stop();

 private:
  void launch(Napi::Env env);
  void run();
  static void stop_at_exit(void* self) { static_cast<AsyncAcquire*>(self)->stop(); }

  std::function<double(std::int64_t)> attempt_;
  std::function<void()> cancel_;
  napi_env env_ = nullptr;
  std::atomic<bool> busy_{false};
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable wanted_;
  bool has_request_ = false;
  bool stopping_ = false;
  std::int64_t timeout_ms_ = 0;
  std::unique_ptr<Napi::Promise::Deferred> deferred_;
  Napi::ThreadSafeFunction callback_;
};

}  // namespace datablock::addon
