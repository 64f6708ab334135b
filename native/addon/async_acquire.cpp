#include "addon/async_acquire.hpp"

#include <csignal>

namespace datablock::addon {

Napi::Value AsyncAcquire::start(Napi::Env env, std::int64_t timeout_ms) {
  if (!thread_.joinable()) {
    launch(env);
  }
  auto deferred = std::make_unique<Napi::Promise::Deferred>(env);
  const Napi::Value promise = deferred->Promise();
  callback_.Ref(env);  // a pending wait keeps the event loop alive, an idle handle does not
  busy_.store(true, std::memory_order_release);
  {
    const std::lock_guard lock(mutex_);
    deferred_ = std::move(deferred);
    timeout_ms_ = timeout_ms;
    has_request_ = true;
  }
  wanted_.notify_one();
  return promise;
}

void AsyncAcquire::launch(Napi::Env env) {
  callback_ = Napi::ThreadSafeFunction::New(env, Napi::Function::New(env, [](const Napi::CallbackInfo&) {}),
                                            "datablock wait", 0, 1);
  callback_.Unref(env);
  // After the callback was made: hooks run last in, first out, and the callback must not outlive its
  // environment.
  env_ = env;
  napi_add_env_cleanup_hook(env_, stop_at_exit, this);
  thread_ = std::thread([this] { run(); });
}

void AsyncAcquire::run() {
  // Signals are for the main thread: Node's handlers, and catch_signals().
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  for (;;) {
    std::int64_t timeout_ms = 0;
    {
      std::unique_lock lock(mutex_);
      wanted_.wait(lock, [this] { return has_request_ || stopping_; });
      if (!has_request_) {
        return;
      }
      has_request_ = false;
      timeout_ms = timeout_ms_;
    }
    const double result = attempt_(timeout_ms);
    // The deferred goes along: by the time the callback runs, this object may serve the next request, or be
    // gone.
    auto* deferred = deferred_.release();
    busy_.store(false, std::memory_order_release);
    callback_.BlockingCall(deferred, [result, callback = callback_](Napi::Env env, Napi::Function,
                                                                    Napi::Promise::Deferred* promise) {
      callback.Unref(env);
      promise->Resolve(Napi::Number::New(env, result));
      delete promise;
    });
  }
}

void AsyncAcquire::stop() {
  if (!thread_.joinable()) {
    return;
  }
  napi_remove_env_cleanup_hook(env_, stop_at_exit, this);
  cancel_();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wanted_.notify_one();
  thread_.join();
  callback_.Release();
}

}  // namespace datablock::addon
