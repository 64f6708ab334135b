#include <cstring>
#include <memory>

#include "c_abi/conversions.hpp"
#include "c_abi/participant.hpp"
#include "c_abi/result.hpp"

using namespace datablock;
using namespace datablock::c_abi;

struct datablock_consumer {
  datablock_consumer(const char* name, const ConsumerOptions& options) : participant(name, options) {}
  Consumer participant;
  std::vector<Message> run;  ///< room for acquire_run()
};

namespace {

datablock_message to_message(const Consumer& consumer, const Message& from) {
  datablock_message message{};
  message.flags = from.flags;
  message.seq = from.seq;
  message.slot = from.slot;
  message.generation = from.generation;
  message.data = consumer.payload(from).data();
  message.length = from.length;
  message.lost = from.lost;
  message.writer = from.writer & 255;
  return message;
}

}  // namespace

datablock_result slot_rw_acquire_read(datablock_consumer* consumer, int64_t timeout_ms,
                                      datablock_message* message, uint64_t* out_generation) {
  return with_participant("slot_rw_acquire_read", consumer, [&](Consumer& c) {
    if (message != nullptr) {
      check_size(*message, "message");
    }
    const Status status = c.acquire(timeout_ms);
    if (status == Status::OK) {
      if (message != nullptr) {
        write_struct(*message, to_message(c, c.message()));
      }
      if (out_generation != nullptr) {
        *out_generation = c.message().generation;
      }
    }
    return status;
  });
}

datablock_result slot_rw_validate_read(datablock_consumer* consumer, uint64_t generation) {
  return with_participant("slot_rw_validate_read", consumer,
                          [&](Consumer& c) { return c.validate(generation); });
}

datablock_result slot_rw_release_read(datablock_consumer* consumer) {
  return with_participant("slot_rw_release_read", consumer, [](Consumer& c) { return c.release(); });
}

datablock_result datablock_consumer_open(const char* name, const datablock_consumer_options* options,
                                         datablock_consumer** consumer) {
  return guarded({"datablock_consumer_open", name}, [&] {
    datablock_consumer*& out = required(consumer, "consumer");
    out = std::make_unique<datablock_consumer>(text_or_empty(name).c_str(), to_consumer_options(options))
              .release();
  });
}

datablock_result datablock_consumer_leave(datablock_consumer* consumer) {
  return participant_leave("datablock_consumer_leave", consumer);
}

void datablock_consumer_close(datablock_consumer* consumer) {
  delete consumer;
}

datablock_result datablock_consumer_info(const datablock_consumer* consumer, datablock_segment_info* info) {
  return participant_info("datablock_consumer_info", consumer, info);
}

datablock_result datablock_consumer_schema(const datablock_consumer* consumer, const char** text) {
  return participant_schema("datablock_consumer_schema", consumer, text);
}

datablock_result datablock_consumer_stats(const datablock_consumer* consumer, datablock_stats* stats) {
  return participant_stats("datablock_consumer_stats", consumer, stats);
}

datablock_result datablock_consumer_payload(const datablock_consumer* consumer, const void** base,
                                            uint64_t* stride) {
  return with_participant("datablock_consumer_payload", consumer, [&](const Consumer& c) {
    required(base, "base") = c.view().payload;
    required(stride, "stride") = c.view().stride;
  });
}

datablock_result datablock_consumer_acquire_run(datablock_consumer* consumer, int64_t timeout_ms,
                                                datablock_message* messages, size_t capacity, size_t* count) {
  return with_participant("datablock_consumer_acquire_run", consumer, [&](Consumer& c) {
    OutputArray<datablock_message> out(messages, capacity, "messages");
    std::size_t& taken = required(count, "count");
    consumer->run.resize(std::min<std::uint64_t>(capacity, c.view().slot_count));
    std::size_t found = 0;
    const Status status = c.acquire_run(consumer->run, found, timeout_ms);
    if (status == Status::OK) {
      taken = found;
      for (std::size_t i = 0; i < found; ++i) {
        out.write(i, to_message(c, consumer->run[i]));
      }
    }
    return status;
  });
}

datablock_result datablock_consumer_release_run(datablock_consumer* consumer, size_t count) {
  return with_participant("datablock_consumer_release_run", consumer,
                          [&](Consumer& c) { return c.release(count); });
}

datablock_result datablock_consumer_read(datablock_consumer* consumer, void* buffer, uint64_t capacity,
                                         uint64_t* length, int64_t timeout_ms) {
  return with_participant("datablock_consumer_read", consumer, [&](Consumer& c) {
    // One that did not fit is still in hand.
    if (c.in_hand() == 0) {
      if (const Status status = c.acquire(timeout_ms); status != Status::OK) {
        return status;
      }
    }
    const auto payload = c.payload();
    if (length != nullptr) {
      *length = payload.size();
    }
    if (payload.size() > capacity) {
      return Status::MESSAGE_TOO_LARGE;
    }
    if (!payload.empty()) {
      std::memcpy(&required(static_cast<std::byte*>(buffer), "buffer"), payload.data(), payload.size());
    }
    return c.release();
  });
}

datablock_result datablock_consumer_read_run(datablock_consumer* consumer, void* buffer, uint64_t capacity,
                                             uint64_t* ends, size_t most, int64_t timeout_ms, size_t* count,
                                             uint64_t* lost) {
  return with_participant("datablock_consumer_read_run", consumer, [&](Consumer& c) {
    std::size_t& done = required(count, "count");
    done = 0;
    if (lost != nullptr) {
      *lost = 0;
    }
    if (most == 0 || ends == nullptr || (buffer == nullptr && capacity > 0)) {
      return Status::INVALID_ARGUMENT;
    }
    std::uint64_t end = 0;
    while (done < most) {
      // One that did not fit is still in hand.
      if (c.in_hand() == 0) {
        const Status status = c.acquire(done == 0 ? timeout_ms : 0);
        if (status != Status::OK) {
          return done > 0 && status == Status::TIMEOUT ? Status::OK : status;
        }
      }
      const auto payload = c.payload();
      if (payload.size() > capacity - end) {
        return done > 0 ? Status::OK : Status::MESSAGE_TOO_LARGE;
      }
      std::ranges::copy(payload, static_cast<std::byte*>(buffer) + end);
      const std::uint64_t missed = c.message().lost;
      if (const Status status = c.release(); status != Status::OK) {
        return status;
      }
      if (lost != nullptr) {
        *lost += missed;
      }
      ends[done++] = end += payload.size();
    }
    return Status::OK;
  });
}

datablock_result datablock_consumer_seek(datablock_consumer* consumer, uint64_t seq) {
  return with_participant("datablock_consumer_seek", consumer, [&](Consumer& c) { return c.seek(seq); });
}

datablock_result datablock_consumer_seek_latest(datablock_consumer* consumer) {
  return with_participant("datablock_consumer_seek_latest", consumer,
                          [](Consumer& c) { return c.seek_latest(); });
}

datablock_result datablock_consumer_verify_checksum(datablock_consumer* consumer) {
  return with_participant("datablock_consumer_verify_checksum", consumer, [](Consumer& c) {
    if (c.in_hand() == 0) {
      return Status::NOTHING_IN_HAND;
    }
    return to_status(c.verify_checksum());
  });
}

datablock_result datablock_consumer_heartbeat(datablock_consumer* consumer) {
  return participant_heartbeat("datablock_consumer_heartbeat", consumer);
}

datablock_result datablock_consumer_check_in(datablock_consumer* consumer) {
  return participant_check_in("datablock_consumer_check_in", consumer);
}

datablock_result datablock_consumer_note_send_failure(datablock_consumer* consumer) {
  return with_participant("datablock_consumer_note_send_failure", consumer, [](Consumer& c) {
    if (!c.attachment().is_usable()) {
      return Status::CLOSED;
    }
    c.note_send_failure();
    return Status::OK;
  });
}

datablock_result datablock_consumer_dead_producers(const datablock_consumer* consumer, uint32_t* count) {
  return with_participant("datablock_consumer_dead_producers", consumer,
                          [&](const Consumer& c) { required(count, "count") = c.dead_producers(); });
}

datablock_result datablock_consumer_cancel(datablock_consumer* consumer) {
  return with_participant("datablock_consumer_cancel", consumer, [](Consumer& c) { c.cancel(); });
}
