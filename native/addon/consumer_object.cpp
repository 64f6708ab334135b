#include <algorithm>
#include <vector>

#include "addon/objects.hpp"
#include "addon/participant_handle.hpp"
#include "core/consumer.hpp"
#include "platform/linux/descriptor_io.hpp"

namespace datablock::addon {
namespace {

class ConsumerHandle final : public ParticipantHandle<Consumer> {
 public:
  using ParticipantHandle::ParticipantHandle;
  ~ConsumerHandle() override { close(); }

  double acquire(std::int64_t timeout_ms) override {
    const Status status = participant.acquire(timeout_ms);
    if (status != Status::OK) [[unlikely]] {
      return hot_result(status);
    }
    return static_cast<double>(describe(participant.message()));
  }

  std::uint64_t describe(const Message& message) {
    registers[kSeq] = message.seq;
    registers[kLength] = message.length;
    registers[kFlags] = message.flags;
    registers[kLost] = message.lost;
    registers[kWriter] = message.writer & 255;
    return message.slot;
  }

  std::vector<Message> run;  ///< room for acquireMany, reused
};

napi_value release_one(napi_env env, napi_callback_info info) {
  const Arguments<ConsumerHandle, 1> arguments(env, info);
  auto& handle = arguments.handle();
  return arguments.result(handle.is_busy() ? Status::NESTED_USE : handle.participant.release(1));
}

napi_value release_many(napi_env env, napi_callback_info info) {
  const Arguments<ConsumerHandle, 1> arguments(env, info);
  std::uint64_t count = 0;
  if (!arguments.size(0, count)) {
    return arguments.refuse();
  }
  auto& handle = arguments.handle();
  return arguments.result(handle.is_busy() ? Status::NESTED_USE : handle.participant.release(count));
}

napi_value acquire_many(napi_env env, napi_callback_info info) {
  const Arguments<ConsumerHandle, 5> arguments(env, info);
  std::uint64_t most = 0;
  std::uint32_t* slots = nullptr;
  std::uint32_t* lengths = nullptr;
  std::uint32_t* flags = nullptr;
  std::size_t slots_size = 0;
  std::size_t lengths_size = 0;
  std::size_t flags_size = 0;
  std::int64_t timeout_ms = 0;
  if (!arguments.size(0, most) || !arguments.array(1, napi_uint32_array, slots, slots_size) ||
      !arguments.array(2, napi_uint32_array, lengths, lengths_size) ||
      !arguments.array(3, napi_uint32_array, flags, flags_size) || !arguments.integer(4, timeout_ms) ||
      most > std::min({slots_size, lengths_size, flags_size})) {
    return arguments.refuse();
  }
  auto& handle = arguments.handle();
  if (handle.is_busy()) {
    return arguments.result(Status::NESTED_USE);
  }
  handle.run.resize(std::max<std::size_t>(handle.run.size(), most));
  std::size_t count = 0;
  const Status status = handle.participant.acquire_run({handle.run.data(), most}, count, timeout_ms);
  if (status != Status::OK) {
    return arguments.result(status);
  }
  for (std::size_t k = 0; k < count; ++k) {
    slots[k] = static_cast<std::uint32_t>(handle.run[k].slot);
    lengths[k] = static_cast<std::uint32_t>(handle.run[k].length);
    flags[k] = handle.run[k].flags;
  }
  handle.describe(handle.run[0]);
  return arguments.result(Status::OK, static_cast<double>(count));
}

napi_value write_to(napi_env env, napi_callback_info info) {
  const Arguments<ConsumerHandle, 4> arguments(env, info);
  std::int64_t fd = 0;
  std::uint64_t slot = 0;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  if (!arguments.integer(0, fd) || !arguments.size(1, slot) || !arguments.size(2, offset) ||
      !arguments.size(3, length)) {
    return arguments.refuse();
  }
  auto& handle = arguments.handle();
  const auto& view = handle.participant.view();
  if (handle.is_busy() || handle.participant.in_hand() == 0) {
    return arguments.result(handle.is_busy() ? Status::NESTED_USE : Status::NOTHING_IN_HAND);
  }
  if (slot >= view.slot_count || offset > view.slot_size || length > view.slot_size - offset) {
    return arguments.refuse();
  }
  return arguments.result(write_all(static_cast<int>(fd), view.slot_payload(slot) + offset, length).status);
}

/// (k): of message k of the run that was acquired last; -1: of the message in hand. Index of a
/// ChecksumVerdict.
napi_value verify_checksum(napi_env env, napi_callback_info info) {
  const Arguments<ConsumerHandle, 1> arguments(env, info);
  auto& handle = arguments.handle();
  std::int64_t k = 0;
  if (!arguments.integer(0, k) || k >= static_cast<std::int64_t>(handle.run.size())) {
    return arguments.refuse();
  }
  if (handle.is_busy() || handle.participant.in_hand() == 0) {
    return arguments.result(handle.is_busy() ? Status::NESTED_USE : Status::NOTHING_IN_HAND);
  }
  const Message& message = k < 0 ? handle.participant.message() : handle.run[static_cast<std::size_t>(k)];
  return arguments.result(Status::OK, static_cast<double>(handle.participant.verify_checksum(message)));
}

napi_value note_send_failure(napi_env env, napi_callback_info info) {
  const Arguments<ConsumerHandle, 1> arguments(env, info);
  arguments.handle().participant.note_send_failure();
  return nullptr;
}

napi_value dead_producers(napi_env env, napi_callback_info info) {
  const Arguments<ConsumerHandle, 1> arguments(env, info);
  return arguments.result(Status::OK, arguments.handle().participant.dead_producers());
}

}  // namespace

Napi::Value open_consumer(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto handle =
        std::make_shared<ConsumerHandle>(info.Env(), string_argument(info, 0, "The block's name"),
                                         to_consumer_options(object_argument(info, 1)));
    Napi::Object object = participant_object(info.Env(), handle);
    bind_function(object, "release", release_one, handle);
    bind_function(object, "acquireMany", acquire_many, handle);
    bind_function(object, "releaseMany", release_many, handle);
    bind_function(object, "writeTo", write_to, handle);
    bind_function(object, "verifyChecksum", verify_checksum, handle);
    bind_function(object, "noteSendFailure", note_send_failure, handle);
    bind_function(object, "deadProducers", dead_producers, handle);
    return object;
  });
}

}  // namespace datablock::addon
