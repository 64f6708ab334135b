// The addon's exports (NativeAddon in src/native.ts).
#include <napi.h>

#include "addon/bound_object.hpp"
#include "addon/conversions.hpp"
#include "addon/errors.hpp"
#include "addon/objects.hpp"
#include "addon/thread_end.hpp"
#include "core/printable.hpp"
#include "core/timeouts.hpp"
#include "platform/linux/bus_error.hpp"
#include "platform/linux/descriptor_io.hpp"
#include "platform/linux/interrupts.hpp"
#include "platform/linux/process_facts.hpp"

namespace datablock::addon {
namespace {

Napi::Value directory(const Napi::CallbackInfo& info) {
  return Napi::String::New(
      info.Env(), segment_directory(info[0].IsString() ? info[0].As<Napi::String>().Utf8Value() : ""));
}

Napi::Value create(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Napi::Object config = object_argument(info, 1);
    return segment_info(info.Env(), create_segment(string_argument(info, 0, "The block's name"),
                                                   directory_of(config), to_block_config(config)));
  });
}

Napi::Value unlink_block(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const std::string instance = string_argument(info, 1, "The instance id");
    unlink_segment(string_argument(info, 0, "The block's name"), directory_of(object_argument(info, 3)),
                   instance.empty() ? InstanceId{} : instance_from_hex(instance), info[2].ToBoolean());
    return info.Env().Undefined();
  });
}

Napi::Value differences_of(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Napi::Object existing = object_argument(info, 0);
    const std::string path = existing.Get("path").ToString();
    const SegmentFile file =
        open_segment(existing.Get("name").ToString(), path.substr(0, path.rfind('/')), false);
    Napi::Array rows = Napi::Array::New(info.Env());
    for (const std::string& row :
         differences(file.header, file.zones, file.schema, to_block_config(object_argument(info, 1)))) {
      rows.Set(rows.Length(), row);
    }
    return rows;
  });
}

Napi::Value check_schema(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    parse_schema(string_argument(info, 0, "The schema"));
    return info.Env().Undefined();
  });
}

Napi::Value differences_of_schemas(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    Napi::Array rows = Napi::Array::New(info.Env());
    for (const SchemaDifference& difference :
         schema_differences(parse_schema(string_argument(info, 0, "The block's schema")),
                            parse_schema(string_argument(info, 1, "The schema asked for")))) {
      Napi::Object row = Napi::Object::New(info.Env());
      row.Set("text", difference.text);
      row.Set("compatible", Napi::Boolean::New(info.Env(), difference.is_compatible));
      rows.Set(rows.Length(), row);
    }
    return rows;
  });
}

Napi::Value require_schema_of(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    require_schema(string_argument(info, 0, "The block's schema"),
                   string_argument(info, 1, "The schema asked for"),
                   info[2].ToBoolean() ? SchemaMatch::compatible : SchemaMatch::exact);
    return info.Env().Undefined();
  });
}

Napi::Value timeouts_of_environment(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const Timeouts timeouts = timeouts_from_environment();
    Napi::Object result = Napi::Object::New(info.Env());
    const auto set = [&](const char* name, std::int64_t value) {
      result.Set(name, Napi::Number::New(info.Env(), static_cast<double>(value)));
    };
    set("writeMs", timeouts.write_ms);
    set("readMs", timeouts.read_ms);
    set("standbyMs", timeouts.standby_ms);
    set("lockMs", timeouts.lock_ms);
    set("killMs", timeouts.kill_ms);
    set("stuckAfterMs", timeouts.stuck_after_ms);
    return result;
  });
}

/// Views of the buffer become empty, and the memory behind it belongs to nobody in JavaScript any more.
void detach_buffer(const Napi::CallbackInfo& info) {
  if (info[0].IsArrayBuffer()) {
    auto buffer = info[0].As<Napi::ArrayBuffer>();
    if (!buffer.IsDetached()) {
      buffer.Detach();
    }
  }
}

void catch_process_signals(const Napi::CallbackInfo&) {
  catch_signals();
}

Napi::Value report_bus_errors_of_process(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    if (!info[0].IsNumber() || !info[2].IsNumber()) {
      throw Error(Status::CONFIG_INVALID, "A descriptor and an exit code are numbers.");
    }
    report_bus_errors(info[0].As<Napi::Number>(), string_argument(info, 1, "The text"),
                      info[2].As<Napi::Number>());
    return info.Env().Undefined();
  });
}

Napi::Value caught(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), caught_signal());
}

/// processFacts(pid)
Napi::Value facts_of_process(const Napi::CallbackInfo& info) {
  const auto facts = process_facts(info[0].ToNumber().Uint32Value());
  if (!facts) {
    return info.Env().Null();
  }
  Napi::Object object = Napi::Object::New(info.Env());
  object.Set("name", printable(facts->name));
  object.Set("state", std::string(1, facts->state));
  object.Set("frozen",
             facts->frozen ? Napi::Value(Napi::Boolean::New(info.Env(), *facts->frozen)) : info.Env().Null());
  object.Set("stopped", facts->is_stopped());
  return object;
}

/// Functions that belong to no handle.
struct NoHandle {};

/// readFd and writeFd: (fd, buffer, offset, length).
struct BufferCall {
  std::int64_t fd = 0;
  std::byte* start = nullptr;
  std::uint64_t length = 0;

  bool parse(const Arguments<NoHandle, 4>& arguments) {
    std::byte* buffer = nullptr;
    std::size_t size = 0;
    std::uint64_t offset = 0;
    if (!arguments.integer(0, fd) || !arguments.array(1, napi_uint8_array, buffer, size) ||
        !arguments.size(2, offset) || !arguments.size(3, length) || offset > size || length > size - offset) {
      return false;
    }
    start = buffer + offset;
    return true;
  }
};

napi_value read_fd(napi_env env, napi_callback_info info) {
  const Arguments<NoHandle, 4> arguments(env, info);
  BufferCall call;
  if (!call.parse(arguments)) {
    return arguments.refuse();
  }
  const IoResult read = read_some(static_cast<int>(call.fd), call.start, call.length);
  return arguments.result(read.status, static_cast<double>(read.bytes));
}

napi_value write_fd(napi_env env, napi_callback_info info) {
  const Arguments<NoHandle, 4> arguments(env, info);
  BufferCall call;
  if (!call.parse(arguments)) {
    return arguments.refuse();
  }
  return arguments.result(write_all(static_cast<int>(call.fd), call.start, call.length).status);
}

void export_raw(Napi::Object exports, const char* name, napi_callback function) {
  napi_value value = nullptr;
  napi_create_function(exports.Env(), name, NAPI_AUTO_LENGTH, function, nullptr, &value);
  exports.Set(name, Napi::Value(exports.Env(), value));
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  end_waits_with_thread(env);
  exports.Set("version", kToolVersion);
  exports.Set("errorCatalogue", Napi::Function::New(env, error_catalogue));
  exports.Set("directory", Napi::Function::New(env, directory));
  exports.Set("create", Napi::Function::New(env, create));
  exports.Set("openProducer", Napi::Function::New(env, open_producer));
  exports.Set("openConsumer", Napi::Function::New(env, open_consumer));
  exports.Set("openZoneUser", Napi::Function::New(env, open_zone_user));
  exports.Set("openObserver", Napi::Function::New(env, open_observer));
  exports.Set("openRecovery", Napi::Function::New(env, open_recovery));
  exports.Set("makeSecret", Napi::Function::New(env, make_secret));
  exports.Set("closeSecret", Napi::Function::New(env, close_secret));
  exports.Set("unlink", Napi::Function::New(env, unlink_block));
  exports.Set("differences", Napi::Function::New(env, differences_of));
  exports.Set("checkSchema", Napi::Function::New(env, check_schema));
  exports.Set("requireSchema", Napi::Function::New(env, require_schema_of));
  exports.Set("schemaDifferences", Napi::Function::New(env, differences_of_schemas));
  exports.Set("timeouts", Napi::Function::New(env, timeouts_of_environment));
  exports.Set("detachBuffer", Napi::Function::New(env, detach_buffer));
  exports.Set("catchSignals", Napi::Function::New(env, catch_process_signals));
  exports.Set("reportBusErrors", Napi::Function::New(env, report_bus_errors_of_process));
  exports.Set("caughtSignal", Napi::Function::New(env, caught));
  exports.Set("processFacts", Napi::Function::New(env, facts_of_process));
  export_raw(exports, "readFd", read_fd);
  export_raw(exports, "writeFd", write_fd);
  return exports;
}

}  // namespace
}  // namespace datablock::addon

namespace {
Napi::Object InitModule(Napi::Env env, Napi::Object exports) {
  return datablock::addon::init(env, exports);
}
}  // namespace

NODE_API_MODULE(datablock, InitModule)
