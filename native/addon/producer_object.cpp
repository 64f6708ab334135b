#include <algorithm>

#include "addon/objects.hpp"
#include "addon/participant_handle.hpp"
#include "core/membership.hpp"
#include "core/producer.hpp"
#include "platform/linux/descriptor_io.hpp"

namespace datablock::addon {
namespace {

class ProducerHandle final : public ParticipantHandle<Producer> {
 public:
  using ParticipantHandle::ParticipantHandle;
  ~ProducerHandle() override { close(); }

  double acquire(std::int64_t timeout_ms) override {
    const Status status = participant.acquire(timeout_ms);
    if (status == Status::OK) [[likely]] {
      registers[kSeq] = participant.seq();
      return static_cast<double>(participant.slot());
    }
    return hot_result(status);
  }
};

napi_value commit(napi_env env, napi_callback_info info) {
  const Arguments<ProducerHandle, 2> arguments(env, info);
  std::uint64_t length = 0;
  std::uint64_t flags = 0;
  if (!arguments.size(0, length) || !arguments.size(1, flags) || flags > UINT32_MAX) {
    return arguments.refuse();
  }
  auto& handle = arguments.handle();
  return arguments.result(handle.is_busy()
                              ? Status::NESTED_USE
                              : handle.participant.commit(length, static_cast<std::uint32_t>(flags)));
}

napi_value update_checksum(napi_env env, napi_callback_info info) {
  const Arguments<ProducerHandle, 2> arguments(env, info);
  std::uint64_t length = 0;
  std::uint64_t flags = 0;
  if (!arguments.size(0, length) || !arguments.size(1, flags) || flags > UINT32_MAX) {
    return arguments.refuse();
  }
  auto& handle = arguments.handle();
  return arguments.result(
      handle.is_busy() ? Status::NESTED_USE
                       : handle.participant.update_checksum(length, static_cast<std::uint32_t>(flags)));
}

napi_value abort_slot(napi_env env, napi_callback_info info) {
  const Arguments<ProducerHandle, 1> arguments(env, info);
  auto& handle = arguments.handle();
  return arguments.result(handle.is_busy() ? Status::NESTED_USE : handle.participant.abort());
}

Status write_one(Producer& producer, std::span<const std::byte> message, std::uint32_t flags,
                 std::int64_t timeout_ms) {
  if (message.size() > producer.view().slot_size) {
    return Status::MESSAGE_TOO_LARGE;
  }
  if (const Status status = producer.acquire(timeout_ms); status != Status::OK) {
    return status;
  }
  std::copy(message.begin(), message.end(), producer.payload().begin());
  return producer.commit(message.size(), flags);
}

napi_value write_many(napi_env env, napi_callback_info info) {
  const Arguments<ProducerHandle, 6> arguments(env, info);
  std::byte* source = nullptr;
  std::uint32_t* ends = nullptr;
  std::size_t source_size = 0;
  std::size_t ends_size = 0;
  std::uint64_t count = 0;
  std::uint64_t skip = 0;
  std::uint64_t flags = 0;
  std::int64_t timeout_ms = 0;
  if (!arguments.array(0, napi_uint8_array, source, source_size) ||
      !arguments.array(1, napi_uint32_array, ends, ends_size) || !arguments.size(2, count) ||
      !arguments.size(3, skip) || !arguments.size(4, flags) || flags > UINT32_MAX ||
      !arguments.integer(5, timeout_ms) || count > ends_size) {
    return arguments.refuse();
  }
  auto& handle = arguments.handle();
  if (handle.is_busy()) {
    return arguments.result(Status::NESTED_USE);
  }
  // All of them first: what is refused publishes nothing.
  for (std::uint64_t k = 0, start = 0; k < count; start = ends[k] + skip, ++k) {
    if (ends[k] < start || ends[k] > source_size) {
      return arguments.refuse();
    }
  }
  std::uint64_t start = 0;
  for (std::uint64_t done = 0; done < count; ++done) {
    const std::uint64_t length = ends[done] - start;
    const Status status = write_one(handle.participant, {source + start, length},
                                    static_cast<std::uint32_t>(flags), timeout_ms);
    if (status != Status::OK) {
      return done > 0 ? arguments.result(Status::OK, static_cast<double>(done)) : arguments.result(status);
    }
    start = ends[done] + skip;
  }
  return arguments.result(Status::OK, static_cast<double>(count));
}

napi_value read_from(napi_env env, napi_callback_info info) {
  const Arguments<ProducerHandle, 3> arguments(env, info);
  std::int64_t fd = 0;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  if (!arguments.integer(0, fd) || !arguments.size(1, offset) || !arguments.size(2, length)) {
    return arguments.refuse();
  }
  auto& handle = arguments.handle();
  const std::uint64_t room = handle.participant.view().slot_size;
  if (handle.is_busy() || !handle.participant.has_slot()) {
    return arguments.result(handle.is_busy() ? Status::NESTED_USE : Status::NOTHING_IN_HAND);
  }
  if (offset > room || length > room - offset) {
    return arguments.refuse();
  }
  const IoResult read = read_some(static_cast<int>(fd), handle.participant.payload().data() + offset, length);
  return arguments.result(read.status, static_cast<double>(read.bytes));
}

napi_value mark_end(napi_env env, napi_callback_info info) {
  const Arguments<ProducerHandle, 1> arguments(env, info);
  std::int64_t timeout_ms = 0;
  if (!arguments.integer(0, timeout_ms)) {
    return arguments.refuse();
  }
  auto& handle = arguments.handle();
  return arguments.result(handle.is_busy() ? Status::NESTED_USE : handle.participant.mark_end(timeout_ms));
}

napi_value sync_consumers(napi_env env, napi_callback_info info) {
  const Arguments<ProducerHandle, 1> arguments(env, info);
  return arguments.result(Status::OK, count_sync_consumers(arguments.handle().participant.view()));
}

}  // namespace

Napi::Value open_producer(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    const auto handle =
        std::make_shared<ProducerHandle>(info.Env(), string_argument(info, 0, "The block's name"),
                                         to_producer_options(object_argument(info, 1)));
    Napi::Object object = participant_object(info.Env(), handle);
    bind_function(object, "commit", commit, handle);
    bind_function(object, "updateChecksum", update_checksum, handle);
    bind_function(object, "abort", abort_slot, handle);
    bind_function(object, "writeMany", write_many, handle);
    bind_function(object, "readFrom", read_from, handle);
    bind_function(object, "markEnd", mark_end, handle);
    bind_function(object, "syncConsumers", sync_consumers, handle);
    return object;
  });
}

}  // namespace datablock::addon
