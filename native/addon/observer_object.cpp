#include <optional>

#include "addon/conversions.hpp"
#include "addon/errors.hpp"
#include "addon/objects.hpp"
#include "addon/reports.hpp"
#include "addon/zone_objects.hpp"
#include "core/snapshot_file.hpp"

namespace datablock::addon {
namespace {

/// Cold: an ObjectWrap is good enough here.
class ObserverObject final : public Napi::ObjectWrap<ObserverObject> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(
        env, "NativeObserver",
        {InstanceMethod<&ObserverObject::info>("info"), InstanceMethod<&ObserverObject::snapshot>("snapshot"),
         InstanceMethod<&ObserverObject::slots>("slots"), InstanceMethod<&ObserverObject::metrics>("metrics"),
         InstanceMethod<&ObserverObject::validate>("validate"), InstanceMethod<&ObserverObject::plan>("plan"),
         InstanceMethod<&ObserverObject::history>("history"), InstanceMethod<&ObserverObject::zones>("zones"),
         InstanceMethod<&ObserverObject::read_zone>("readZone"),
         InstanceMethod<&ObserverObject::write_snapshot>("writeSnapshot"),
         InstanceMethod<&ObserverObject::close>("close")});
  }

  explicit ObserverObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<ObserverObject>(info) {
    guarded(info.Env(), [&] {
      const Napi::Object options = object_argument(info, 1);
      const std::string name = string_argument(info, 0, "The block's name");
      const Napi::Value snapshot = options.Get("snapshot");
      observer_.emplace(snapshot.IsString() ? open_snapshot(snapshot.As<Napi::String>())
                                            : open_segment(name, directory_of(options), false));
      if (const Secret secret = secret_of(options)) {
        observer_->use_secret(secret);
      }
    });
  }

 private:
  /// Runs `body` with the observer; CLOSED after close().
  template <class Body>
  Napi::Value with_observer(const Napi::CallbackInfo& info, Body&& body) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      if (!observer_) {
        throw Error(Status::CLOSED);
      }
      return body(*observer_);
    });
  }

  static std::uint64_t count_argument(const Napi::CallbackInfo& info, std::size_t index) {
    const double number = info[index].IsNumber() ? info[index].As<Napi::Number>().DoubleValue() : -1;
    if (!(number >= 0 && number <= 9007199254740991.0)) {
      throw Error(Status::CONFIG_INVALID, "A count must be a whole number.");
    }
    return static_cast<std::uint64_t>(number);
  }

  Napi::Value info(const Napi::CallbackInfo& info) {
    return with_observer(info, [&](const Observer& o) { return segment_info(info.Env(), o.file()); });
  }
  Napi::Value snapshot(const Napi::CallbackInfo& info) {
    return with_observer(info, [&](const Observer& o) {
      return snapshot_object(info.Env(),
                             o.snapshot(unsigned_of(info[0], "stuckAfterNs"), count_argument(info, 1)));
    });
  }
  Napi::Value slots(const Napi::CallbackInfo& info) {
    return with_observer(info, [&](const Observer& o) {
      return slot_array(info.Env(), o.slots(count_argument(info, 0), count_argument(info, 1),
                                            unsigned_of(info[2], "stuckAfterNs")));
    });
  }
  Napi::Value metrics(const Napi::CallbackInfo& info) {
    return with_observer(info, [&](const Observer& o) { return metrics_object(info.Env(), o.metrics()); });
  }
  Napi::Value validate(const Napi::CallbackInfo& info) {
    return with_observer(info, [&](const Observer& o) {
      return validation_object(info.Env(), datablock::validate(o.file(), info[0].ToBoolean(), o.key()));
    });
  }
  Napi::Value plan(const Napi::CallbackInfo& info) {
    return with_observer(
        info, [&](const Observer& o) { return plan_array(info.Env(), plan_recovery(o.file(), o.view())); });
  }
  Napi::Value history(const Napi::CallbackInfo& info) {
    return with_observer(info, [&](const Observer& o) { return history_array(info.Env(), o.history()); });
  }
  Napi::Value zones(const Napi::CallbackInfo& info) {
    return with_observer(info, [&](const Observer& o) { return zone_array(info.Env(), o.zones()); });
  }
  Napi::Value read_zone(const Napi::CallbackInfo& info) {
    return with_observer(info, [&](const Observer& o) {
      const auto bytes = o.zone(string_argument(info, 0, "The zone's name")).bytes();
      if (bytes.size() > kLargestBuffer) {
        throw Error(Status::PAYLOAD_TOO_LARGE);
      }
      return Napi::Buffer<std::uint8_t>::Copy(info.Env(), reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                              bytes.size());
    });
  }
  Napi::Value write_snapshot(const Napi::CallbackInfo& info) {
    return with_observer(info, [&](const Observer& o) {
      datablock::write_snapshot(o.file(), o.view(), string_argument(info, 0, "The file's name"),
                                info[1].ToBoolean());
      return info.Env().Undefined();
    });
  }
  void close(const Napi::CallbackInfo&) { observer_.reset(); }

  std::optional<Observer> observer_;
};

}  // namespace

Napi::Value open_observer(const Napi::CallbackInfo& info) {
  return ObserverObject::define(info.Env()).New({info[0], info[1]});
}

}  // namespace datablock::addon
