#include "addon/exit_hook.hpp"
#include "addon/objects.hpp"
#include "addon/zone_objects.hpp"
#include "core/zone_user.hpp"

namespace datablock::addon {
namespace {

class ZoneUserHandle {
 public:
  ZoneUserHandle(Napi::Env env, const std::string& block, const JoinOptions& options)
      : participant(block, options), env_(env) {
    add_exit_hook(env_, close_at_exit, this);
  }
  ZoneUserHandle(const ZoneUserHandle&) = delete;
  ZoneUserHandle& operator=(const ZoneUserHandle&) = delete;
  ~ZoneUserHandle() { close(); }

  bool is_open() const { return is_open_; }
  void close() {
    if (is_open_) {
      is_open_ = false;
      remove_exit_hook(env_, close_at_exit, this);
      participant.close();
    }
  }

  ZoneUser participant;

 private:
  static void close_at_exit(void* self) { static_cast<ZoneUserHandle*>(self)->close(); }

  Napi::Env env_;
  bool is_open_ = true;
};

}  // namespace

Napi::Value open_zone_user(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto handle = std::make_shared<ZoneUserHandle>(
        info.Env(), string_argument(info, 0, "The block's name"), to_join_options(object_argument(info, 1)));
    Napi::Object object = Napi::Object::New(info.Env());
    object.Set("info", segment_info(info.Env(), handle->participant.attachment().file()));
    object.Set("participant", handle->participant.attachment().id());
    bind_zone_functions(object, handle);
    bind_function(
        object, "heartbeat",
        [](napi_env e, napi_callback_info i) -> napi_value {
          const Arguments<ZoneUserHandle, 1> arguments(e, i);
          return arguments.result(arguments.handle().participant.heartbeat());
        },
        handle);
    bind_function(
        object, "close",
        [](napi_env e, napi_callback_info i) -> napi_value {
          Arguments<ZoneUserHandle, 1>(e, i).handle().close();
          return nullptr;
        },
        handle);
    return object;
  });
}

}  // namespace datablock::addon
