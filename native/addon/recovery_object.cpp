#include <optional>

#include "addon/conversions.hpp"
#include "addon/errors.hpp"
#include "addon/objects.hpp"
#include "addon/reports.hpp"

namespace datablock::addon {
namespace {

class RecoveryObject final : public Napi::ObjectWrap<RecoveryObject> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(
        env, "NativeRecovery",
        {InstanceMethod<&RecoveryObject::info>("info"), InstanceMethod<&RecoveryObject::plan>("plan"),
         InstanceMethod<&RecoveryObject::apply>("apply"),
         InstanceMethod<&RecoveryObject::force_reset_slot>("forceResetSlot"),
         InstanceMethod<&RecoveryObject::evict_consumer>("evictConsumer"),
         InstanceMethod<&RecoveryObject::kill_participant>("killParticipant"),
         InstanceMethod<&RecoveryObject::kill_cleaner>("killCleaner"),
         InstanceMethod<&RecoveryObject::close>("close")});
  }

  explicit RecoveryObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<RecoveryObject>(info) {
    guarded(info.Env(), [&] {
      recovery_.emplace(string_argument(info, 0, "The block's name"), directory_of(object_argument(info, 1)));
    });
  }

 private:
  template <class Body>
  Napi::Value with_recovery(const Napi::CallbackInfo& info, Body&& body) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      if (!recovery_) {
        throw Error(Status::CLOSED);
      }
      return body(*recovery_);
    });
  }

  static Napi::Object outcome(Napi::Env env, Status status) {
    Napi::Object result = Napi::Object::New(env);
    result.Set("applied", Napi::Boolean::New(env, status == Status::OK));
    result.Set("code", status == Status::OK ? "" : catalogue_entry(status).name);
    return result;
  }

  Napi::Value info(const Napi::CallbackInfo& info) {
    return with_recovery(info, [&](Recovery& r) { return segment_info(info.Env(), r.file()); });
  }
  Napi::Value plan(const Napi::CallbackInfo& info) {
    return with_recovery(info, [&](Recovery& r) { return plan_array(info.Env(), r.plan()); });
  }
  Napi::Value apply(const Napi::CallbackInfo& info) {
    return with_recovery(info, [&](Recovery& r) {
      return outcome(info.Env(), r.apply(to_planned_action(object_argument(info, 0))));
    });
  }
  Napi::Value force_reset_slot(const Napi::CallbackInfo& info) {
    return with_recovery(info, [&](Recovery& r) {
      const double slot = info[0].IsNumber() ? info[0].As<Napi::Number>().DoubleValue() : -1;
      if (!(slot >= 0 && slot < 4294967296.0)) {
        throw Error(Status::CONFIG_INVALID, "A slot is a whole number.");
      }
      const ForcedReset reset = r.force_reset_slot(static_cast<std::uint64_t>(slot), info[1].ToBoolean());
      Napi::Object result = outcome(info.Env(), reset.status);
      result.Set("before", big(info.Env(), reset.before.raw));
      result.Set("after", big(info.Env(), reset.after.raw));
      result.Set("phaseBefore", phase_name(reset.before));
      result.Set("phaseAfter", phase_name(reset.after));
      result.Set("owner", reset.before.owner());
      return result;
    });
  }
  Napi::Value evict_consumer(const Napi::CallbackInfo& info) {
    return with_recovery(info, [&](Recovery& r) {
      return outcome(info.Env(),
                     r.evict_consumer(participant_argument(info), unsigned_of(info[1], "generation"),
                                      unsigned_of(info[2], "hold")));
    });
  }
  Napi::Value kill_participant(const Napi::CallbackInfo& info) {
    return with_recovery(info, [&](Recovery& r) {
      return outcome(info.Env(),
                     r.kill_participant(participant_argument(info), unsigned_of(info[1], "generation"),
                                        timeout_argument(info)));
    });
  }
  Napi::Value kill_cleaner(const Napi::CallbackInfo& info) {
    return with_recovery(info, [&](Recovery& r) {
      const Napi::Object seen = object_argument(info, 1);
      const ProcessIdentity process{.pid = seen.Get("pid").ToNumber().Uint32Value(),
                                    .uid = 0,
                                    .start_time = unsigned_of(seen.Get("startTime"), "startTime"),
                                    .pid_namespace = unsigned_of(seen.Get("pidNamespace"), "pidNamespace")};
      return outcome(info.Env(), r.kill_cleaner(participant_argument(info), process, timeout_argument(info)));
    });
  }
  static std::int64_t timeout_argument(const Napi::CallbackInfo& info) {
    return info[2].IsNumber() ? info[2].As<Napi::Number>().Int64Value() : 5000;
  }
  static std::uint8_t participant_argument(const Napi::CallbackInfo& info) {
    const double id = info[0].IsNumber() ? info[0].As<Napi::Number>().DoubleValue() : 0;
    if (!(id >= 1 && id <= kMaxParticipants)) {
      throw Error(Status::CONFIG_INVALID, "A participant is a whole number from 1 to 64.");
    }
    return static_cast<std::uint8_t>(id);
  }
  void close(const Napi::CallbackInfo&) { recovery_.reset(); }

  std::optional<Recovery> recovery_;
};

}  // namespace

Napi::Value open_recovery(const Napi::CallbackInfo& info) {
  return RecoveryObject::define(info.Env()).New({info[0], info[1]});
}

}  // namespace datablock::addon
