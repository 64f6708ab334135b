// Zones and spinlocks as JavaScript objects, for every handle that is a participant.
#pragma once

#include <napi.h>

#include <memory>

#include "addon/bound_object.hpp"
#include "addon/conversions.hpp"
#include "core/shared_spin_lock.hpp"
#include "core/zone.hpp"

namespace datablock::addon {

/// Largest piece of memory that one ArrayBuffer of Node 20 can show.
inline constexpr std::uint64_t kLargestBuffer = std::uint64_t{1} << 32;

/// A zone, and the handle that keeps it mapped.
template <class Handle>
struct HeldZone {
  std::shared_ptr<Handle> handle;
  Zone zone;
};

template <class Handle>
struct HeldSpinlock {
  std::shared_ptr<Handle> handle;
  SharedSpinLock lock;
};

/// How a checksum stands, as JavaScript has it (ChecksumVerdict in src/native.ts).
inline const char* verdict_name(ChecksumVerdict verdict) {
  constexpr const char* kNames[] = {"matches", "differs", "absent", "unverifiable"};
  return kNames[static_cast<std::size_t>(verdict)];
}

template <class Handle>
Napi::Object zone_object(Napi::Env env, const std::shared_ptr<Handle>& handle, const std::string& name) {
  using Held = HeldZone<Handle>;
  const auto held = std::make_shared<Held>(Held{handle, handle->participant.zone(name)});
  const auto bytes = held->zone.bytes();
  if (bytes.size() > kLargestBuffer) {
    throw Error(Status::PAYLOAD_TOO_LARGE);
  }
  Napi::Object object = Napi::Object::New(env);
  object.Set("name", held->zone.name());
  object.Set("buffer", share_memory(env, bytes.data(), bytes.size(), held));
  bind_function(
      object, "updateChecksum",
      [](napi_env e, napi_callback_info i) -> napi_value {
        const Arguments<Held, 1> arguments(e, i);
        if (!arguments.handle().handle->is_open()) {
          return arguments.result(Status::CLOSED);
        }
        arguments.handle().zone.update_checksum();
        return arguments.result(Status::OK);
      },
      held);
  bind_function(
      object, "verifyChecksum",
      [](napi_env e, napi_callback_info i) -> napi_value {
        const Arguments<Held, 1> arguments(e, i);
        return arguments.result(Status::OK, static_cast<double>(arguments.handle().zone.verify_checksum()));
      },
      held);
  return object;
}

template <class Handle>
Napi::Object spinlock_object(Napi::Env env, const std::shared_ptr<Handle>& handle, unsigned index) {
  using Held = HeldSpinlock<Handle>;
  const auto held = std::make_shared<Held>(Held{handle, handle->participant.spinlock(index)});
  Napi::Object object = Napi::Object::New(env);
  bind_function(
      object, "lock",
      [](napi_env e, napi_callback_info i) -> napi_value {
        const Arguments<Held, 1> arguments(e, i);
        std::int64_t timeout_ms = 0;
        if (!arguments.integer(0, timeout_ms)) {
          return arguments.refuse();
        }
        return arguments.result(arguments.handle().lock.lock(timeout_ms));
      },
      held);
  bind_function(
      object, "unlock",
      [](napi_env e, napi_callback_info i) -> napi_value {
        const Arguments<Held, 1> arguments(e, i);
        return arguments.result(arguments.handle().lock.unlock());
      },
      held);
  bind_function(
      object, "markConsistent",
      [](napi_env e, napi_callback_info i) -> napi_value {
        const Arguments<Held, 1> arguments(e, i);
        return arguments.result(arguments.handle().lock.mark_consistent());
      },
      held);
  bind_function(
      object, "isHeld",
      [](napi_env e, napi_callback_info i) -> napi_value {
        const Arguments<Held, 1> arguments(e, i);
        return arguments.result(Status::OK, arguments.handle().lock.is_held() ? 1 : 0);
      },
      held);
  return object;
}

/// `object.zone(name)` and `object.spinlock(index)`. `Handle` has `participant` and is_open().
template <class Handle>
void bind_zone_functions(Napi::Object object, const std::shared_ptr<Handle>& handle) {
  // Not by bind_function(): these throw, and are called once.
  const std::weak_ptr<Handle> weak = handle;
  const auto live = [](const Napi::Env& env, const std::weak_ptr<Handle>& held) {
    auto alive = held.lock();
    if (alive == nullptr || !alive->is_open()) {
      throw make_error(env, Error(Status::CLOSED));
    }
    return alive;
  };
  object.Set("zone", Napi::Function::New(object.Env(), [weak, live](const Napi::CallbackInfo& info) {
               const auto alive = live(info.Env(), weak);
               return guarded(info.Env(), [&] {
                 return zone_object(info.Env(), alive, string_argument(info, 0, "The zone's name"));
               });
             }));
  object.Set("spinlock", Napi::Function::New(object.Env(), [weak, live](const Napi::CallbackInfo& info) {
               const auto alive = live(info.Env(), weak);
               return guarded(info.Env(), [&] {
                 const double index = info[0].IsNumber() ? info[0].As<Napi::Number>().DoubleValue() : -1;
                 if (!(index >= 0 && index < kSpinlocks)) {
                   throw Error(Status::CONFIG_INVALID, "The spinlocks of a block are 0 to 31.");
                 }
                 return spinlock_object(info.Env(), alive, static_cast<unsigned>(index));
               });
             }));
}

}  // namespace datablock::addon
