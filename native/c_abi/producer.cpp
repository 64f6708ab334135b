#include <algorithm>
#include <memory>
#include <span>

#include "c_abi/conversions.hpp"
#include "c_abi/participant.hpp"
#include "c_abi/result.hpp"
#include "core/membership.hpp"

using namespace datablock;
using namespace datablock::c_abi;

struct datablock_producer {
  datablock_producer(const char* name, const ProducerOptions& options) : participant(name, options) {}
  Producer participant;
};

namespace {

datablock_slot to_slot(const Producer& producer, const RingPosition& at) {
  datablock_slot slot{};
  slot.seq = at.seq();
  slot.slot = at.slot();
  slot.data = producer.payload(at).data();
  slot.capacity = producer.view().slot_size;
  return slot;
}

/// End marks are made by mark_end() alone: one in the middle of a stream would not be handed over.
constexpr bool is_users(std::uint32_t flags) {
  return (flags & MessageFlag::end) == 0;
}

Status write_one(Producer& producer, std::span<const std::byte> message, std::uint32_t flags,
                 std::int64_t timeout_ms) {
  if (message.size() > producer.view().slot_size) {
    return Status::MESSAGE_TOO_LARGE;
  }
  if (const Status status = producer.acquire(timeout_ms); status != Status::OK) {
    return status;
  }
  std::ranges::copy(message, producer.payload().begin());
  return producer.commit(message.size(), flags);
}

}  // namespace

datablock_result slot_rw_acquire_write(datablock_producer* producer, int64_t timeout_ms,
                                       datablock_slot* slot) {
  return with_participant("slot_rw_acquire_write", producer, [&](Producer& p) {
    check_size(required(slot, "slot"), "slot");
    const Status status = p.acquire(timeout_ms);
    if (status == Status::OK) {
      write_struct(*slot, to_slot(p, p.position()));
    }
    return status;
  });
}

datablock_result slot_rw_commit(datablock_producer* producer, uint64_t length, uint32_t flags) {
  return with_participant("slot_rw_commit", producer, [&](Producer& p) {
    return is_users(flags) ? p.commit(length, flags) : Status::INVALID_ARGUMENT;
  });
}

datablock_result slot_rw_release_write(datablock_producer* producer) {
  return with_participant("slot_rw_release_write", producer, [&](Producer& p) { return p.abort(); });
}

datablock_result datablock_producer_open(const char* name, const datablock_producer_options* options,
                                         datablock_producer** producer) {
  return guarded({"datablock_producer_open", name}, [&] {
    datablock_producer*& out = required(producer, "producer");
    out = std::make_unique<datablock_producer>(text_or_empty(name).c_str(), to_producer_options(options))
              .release();
  });
}

datablock_result datablock_producer_leave(datablock_producer* producer) {
  return participant_leave("datablock_producer_leave", producer);
}

void datablock_producer_close(datablock_producer* producer) {
  delete producer;
}

datablock_result datablock_producer_info(const datablock_producer* producer, datablock_segment_info* info) {
  return participant_info("datablock_producer_info", producer, info);
}

datablock_result datablock_producer_schema(const datablock_producer* producer, const char** text) {
  return participant_schema("datablock_producer_schema", producer, text);
}

datablock_result datablock_producer_stats(const datablock_producer* producer, datablock_stats* stats) {
  return participant_stats("datablock_producer_stats", producer, stats);
}

datablock_result datablock_producer_payload(const datablock_producer* producer, void** base,
                                            uint64_t* stride) {
  return with_participant("datablock_producer_payload", producer, [&](const Producer& p) {
    required(base, "base") = p.view().payload;
    required(stride, "stride") = p.view().stride;
  });
}

datablock_result datablock_producer_write(datablock_producer* producer, const void* data, uint64_t length,
                                          uint32_t flags, int64_t timeout_ms) {
  return with_participant("datablock_producer_write", producer, [&](Producer& p) {
    if (!is_users(flags) || (data == nullptr && length > 0)) {
      return Status::INVALID_ARGUMENT;
    }
    return write_one(p, {static_cast<const std::byte*>(data), length}, flags, timeout_ms);
  });
}

datablock_result datablock_producer_write_run(datablock_producer* producer, const void* data,
                                              const uint64_t* ends, size_t count, uint32_t flags,
                                              int64_t timeout_ms, size_t* written) {
  std::size_t done = 0;
  const datablock_result result =
      with_participant("datablock_producer_write_run", producer, [&](Producer& p) {
        if (!is_users(flags) ||
            (count > 0 && (ends == nullptr || (data == nullptr && ends[count - 1] > 0)))) {
          return Status::INVALID_ARGUMENT;
        }
        std::uint64_t start = 0;
        for (std::size_t k = 0; k < count; start = ends[k++]) {
          if (ends[k] < start || ends[k] - start > p.view().slot_size) {
            return ends[k] < start ? Status::INVALID_ARGUMENT : Status::MESSAGE_TOO_LARGE;
          }
        }
        start = 0;
        const auto* bytes = static_cast<const std::byte*>(data);
        for (; done < count; start = ends[done++]) {
          const Status status = write_one(p, {bytes + start, ends[done] - start}, flags, timeout_ms);
          if (status != Status::OK) {
            return status;
          }
        }
        return Status::OK;
      });
  if (written != nullptr) {
    *written = done;
  }
  return result;
}

datablock_result datablock_producer_acquire_run(datablock_producer* producer, int64_t timeout_ms,
                                                datablock_slot* slots, size_t capacity, size_t* count) {
  return with_participant("datablock_producer_acquire_run", producer, [&](Producer& p) {
    OutputArray<datablock_slot> out(slots, capacity, "slots");
    std::size_t& taken = required(count, "count");
    const Status status = p.acquire_run(capacity, timeout_ms);
    if (status == Status::OK) {
      taken = p.run().size();
      for (std::size_t i = 0; i < taken; ++i) {
        out.write(i, to_slot(p, p.run()[i]));
      }
    }
    return status;
  });
}

datablock_result datablock_producer_commit_run(datablock_producer* producer, const uint64_t* lengths,
                                               size_t count, uint32_t flags, size_t* published) {
  std::size_t done = 0;
  const datablock_result result =
      with_participant("datablock_producer_commit_run", producer, [&](Producer& p) {
        const bool is_possible = is_users(flags) && (lengths != nullptr || count == 0);
        return is_possible ? p.commit_run({lengths, count}, flags, done) : Status::INVALID_ARGUMENT;
      });
  if (published != nullptr) {
    *published = done;
  }
  return result;
}

datablock_result datablock_producer_mark_end(datablock_producer* producer, int64_t timeout_ms) {
  return with_participant("datablock_producer_mark_end", producer,
                          [&](Producer& p) { return p.mark_end(timeout_ms); });
}

datablock_result datablock_producer_update_checksum(datablock_producer* producer, uint64_t length,
                                                    uint32_t flags) {
  return with_participant("datablock_producer_update_checksum", producer,
                          [&](Producer& p) { return p.update_checksum(length, flags); });
}

datablock_result datablock_producer_heartbeat(datablock_producer* producer) {
  return participant_heartbeat("datablock_producer_heartbeat", producer);
}

datablock_result datablock_producer_check_in(datablock_producer* producer) {
  return participant_check_in("datablock_producer_check_in", producer);
}

datablock_result datablock_producer_sync_consumers(const datablock_producer* producer, uint32_t* count) {
  return with_participant("datablock_producer_sync_consumers", producer, [&](const Producer& p) {
    required(count, "count") = count_sync_consumers(p.view());
  });
}

datablock_result datablock_producer_cancel(datablock_producer* producer) {
  return with_participant("datablock_producer_cancel", producer, [](Producer& p) { p.cancel(); });
}
