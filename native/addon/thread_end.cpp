#include "addon/thread_end.hpp"

#include "platform/linux/interrupts.hpp"
#include "platform/linux/native_env.hpp"

namespace datablock::addon {
namespace {

constexpr std::uint64_t kAskEveryNs = 50'000'000;

/// Not to be asked more often than it costs: waits ask after each of their naps.
thread_local std::uint64_t t_asked_ns = 0;

/// A thread that is being ended runs no script, not even one that does nothing.
bool is_ending(void* argument) {
  auto* env = static_cast<napi_env>(argument);
  const std::uint64_t now = NativeEnv::coarse_now_ns();
  if (now - t_asked_ns < kAskEveryNs) {
    return false;
  }
  t_asked_ns = now;
  napi_handle_scope scope = nullptr;
  if (napi_open_handle_scope(env, &scope) != napi_ok) {
    return true;
  }
  napi_value script = nullptr;
  napi_value nothing = nullptr;
  const bool ends = napi_create_string_utf8(env, "0", 1, &script) != napi_ok ||
                    napi_run_script(env, script, &nothing) != napi_ok;
  napi_close_handle_scope(env, scope);
  return ends;
}

}  // namespace

void end_waits_with_thread(Napi::Env env) {
  set_wait_question(is_ending, env);
  // What waits while the environment goes down must not ask it any more.
  napi_add_env_cleanup_hook(
      env, [](void*) { set_wait_question(nullptr, nullptr); }, nullptr);
}

}  // namespace datablock::addon
