// The addon's handles, and secrets (interfaces in src/native.ts).
#pragma once

#include <napi.h>

namespace datablock::addon {

Napi::Value open_producer(const Napi::CallbackInfo& info);
Napi::Value open_consumer(const Napi::CallbackInfo& info);
Napi::Value open_zone_user(const Napi::CallbackInfo& info);
Napi::Value open_observer(const Napi::CallbackInfo& info);
Napi::Value open_recovery(const Napi::CallbackInfo& info);
Napi::Value make_secret(const Napi::CallbackInfo& info);
Napi::Value close_secret(const Napi::CallbackInfo& info);

}  // namespace datablock::addon
