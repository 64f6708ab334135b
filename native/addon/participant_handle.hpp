// What the handles of producers and consumers have in common: registers, the waiting thread, an orderly end.
#pragma once

#include <napi.h>

#include <array>
#include <cstdint>

#include "addon/async_acquire.hpp"
#include "addon/bound_object.hpp"
#include "addon/conversions.hpp"
#include "addon/exit_hook.hpp"
#include "addon/zone_objects.hpp"

namespace datablock::addon {

/// Indices of the register array; Register in src/native.ts.
enum Register : std::size_t { kSeq, kLength, kFlags, kLost, kWriter, kRegisterCount = 8 };

template <class Participant>
class ParticipantHandle : public std::enable_shared_from_this<ParticipantHandle<Participant>> {
 public:
  template <class Options>
  ParticipantHandle(Napi::Env env, const std::string& block, const Options& options)
      : participant(block, options),
        waiter([this](std::int64_t timeout_ms) { return this->acquire(timeout_ms); },
               [this] { participant.cancel(); }),
        env_(env) {
    add_exit_hook(env_, close_at_exit, this);
  }
  ParticipantHandle(const ParticipantHandle&) = delete;
  ParticipantHandle& operator=(const ParticipantHandle&) = delete;
  virtual ~ParticipantHandle() { close(); }

  /// What the hot function returns; also run on the waiting thread.
  virtual double acquire(std::int64_t timeout_ms) = 0;

  bool is_open() const { return is_open_; }
  /// Does the handle belong to the waiting thread now?
  bool is_busy() const { return waiter.is_busy(); }

  void close() {
    if (is_open_) {
      is_open_ = false;
      remove_exit_hook(env_, close_at_exit, this);
      waiter.stop();
      participant.close();
    }
  }

  Participant participant;
  std::array<std::uint64_t, kRegisterCount> registers{};
  AsyncAcquire waiter;

 private:
  static void close_at_exit(void* self) { static_cast<ParticipantHandle*>(self)->close(); }

  Napi::Env env_;
  bool is_open_ = true;
};

/// Properties and functions that both kinds of handle have. `Handle` derives from ParticipantHandle.
template <class Handle>
Napi::Object participant_object(Napi::Env env, const std::shared_ptr<Handle>& handle) {
  const auto& view = handle->participant.view();
  const std::uint64_t payload_size = view.slot_count * view.stride;
  if (payload_size > kLargestBuffer) {
    throw Error(Status::PAYLOAD_TOO_LARGE);
  }
  Napi::Object object = Napi::Object::New(env);
  object.Set("info", segment_info(env, handle->participant.attachment().file()));
  object.Set("participant", handle->participant.attachment().id());
  object.Set("payload", share_memory(env, view.payload, payload_size, handle));
  Napi::ArrayBuffer registers = share_memory(env, handle->registers.data(), sizeof handle->registers, handle);
  object.Set("registers", Napi::BigUint64Array::New(env, kRegisterCount, registers, 0, napi_biguint64_array));

  bind_function(
      object, "acquire",
      [](napi_env e, napi_callback_info i) -> napi_value {
        const Arguments<Handle, 1> arguments(e, i);
        std::int64_t timeout_ms = 0;
        if (!arguments.integer(0, timeout_ms)) {
          return arguments.refuse();
        }
        return arguments.handle().is_busy() ? arguments.result(Status::NESTED_USE)
                                            : arguments.result(arguments.handle().acquire(timeout_ms));
      },
      handle);

  bind_function(
      object, "acquireAsync",
      [](napi_env e, napi_callback_info i) -> napi_value {
        const Arguments<Handle, 1> arguments(e, i);
        std::int64_t timeout_ms = 0;
        const Status refusal = !arguments.integer(0, timeout_ms) ? Status::INVALID_ARGUMENT
                               : !arguments.handle().is_open()   ? Status::CLOSED
                               : arguments.handle().is_busy()    ? Status::NESTED_USE
                                                                 : Status::OK;
        if (refusal != Status::OK) {
          const auto deferred = Napi::Promise::Deferred::New(e);
          deferred.Resolve(Napi::Number::New(e, hot_result(refusal)));
          return deferred.Promise();
        }
        return arguments.handle().waiter.start(e, timeout_ms);
      },
      handle);

  bind_function(
      object, "heartbeat",
      [](napi_env e, napi_callback_info i) -> napi_value {
        const Arguments<Handle, 1> arguments(e, i);
        return arguments.result(arguments.handle().participant.heartbeat());
      },
      handle);

  bind_zone_functions(object, handle);

  bind_function(
      object, "stats",
      [](napi_env e, napi_callback_info i) -> napi_value {
        const auto& p = Arguments<Handle, 1>(e, i).handle().participant;
        Napi::Object stats = Napi::Object::New(e);
        stats.Set("messages", big(e, p.messages()));
        stats.Set("bytes", big(e, p.bytes()));
        stats.Set("lost", big(e, p.lost()));
        stats.Set("timeouts", big(e, p.timeouts()));
        stats.Set("healed", big(e, p.healed()));
        stats.Set("corrupt", big(e, p.corrupt()));
        return stats;
      },
      handle);

  bind_function(
      object, "close",
      [](napi_env e, napi_callback_info i) -> napi_value {
        Arguments<Handle, 1>(e, i).handle().close();
        return nullptr;
      },
      handle);
  return object;
}

}  // namespace datablock::addon
