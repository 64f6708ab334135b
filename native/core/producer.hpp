// Producer: one participant that writes. Belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>

#include "core/attachment.hpp"
#include "core/checksum.hpp"
#include "core/producer_core.hpp"

namespace datablock {

struct ProducerOptions : JoinOptions {
  /// On a block whose one producer is alive: how long to wait for it to go, ms (-1 = for ever). 0:
  /// SINGLE_PRODUCER at once.
  std::int64_t standby_ms = 0;
};

class Producer {
 public:
  /// Throws what Attachment throws, SINGLE_PRODUCER, INTERRUPTED (while it is a standby).
  Producer(const std::string& block, const ProducerOptions& options);
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;
  /// Leaves the block; a slot in hand is aborted.
  ~Producer() { close(); }

  /// Takes the next message's slot in hand. `timeout_ms`: 0 tries, -1 waits for ever. OK, TIMEOUT,
  /// WOULD_BLOCK, NESTED_USE, CLOSED, INTERRUPTED, LOCK_LOST, CORRUPT, FENCED, ALL_SLOTS_QUARANTINED.
  Status acquire(std::int64_t timeout_ms) {
    if (in_hand_ || !attachment_.is_usable()) [[unlikely]] {
      return attachment_.is_usable() ? Status::NESTED_USE : Status::CLOSED;
    }
    if (has_ended_) [[unlikely]] {
      resume_stream();
    }
    Deadline<NativeEnv> deadline(timeout_ms);
    const Status status = std::visit([&](auto& core) { return core.acquire(deadline, position_); }, core_);
    if (status == Status::OK) [[likely]] {
      in_hand_ = true;
      return status;
    }
    return note_error(status);
  }

  /// Publishes `length` bytes of the slot in hand. OK, MESSAGE_TOO_LARGE (the slot stays in hand),
  /// NOTHING_IN_HAND, FENCED.
  Status commit(std::uint64_t length, std::uint32_t flags = 0) {
    if (!in_hand_ || !attachment_.is_usable()) [[unlikely]] {
      return attachment_.is_usable() ? Status::NOTHING_IN_HAND : Status::CLOSED;
    }
    if (length > view_.slot_size) [[unlikely]] {
      return Status::MESSAGE_TOO_LARGE;
    }
    if (seals_) {
      store_checksum(view_, position_, length, flags);
    }
    in_hand_ = false;
    const Status status = std::visit(
        [&](auto& core) { return core.commit(position_, length, flags, attachment_.writer_tag()); }, core_);
    if (status == Status::OK) [[likely]] {
      // Our own line, nobody else writes it: a plain store is enough.
      entry_.messages.store(++messages_, std::memory_order_relaxed);
      entry_.bytes.store(bytes_ += length, std::memory_order_relaxed);
      return status;
    }
    return note_error(status);
  }

  /// Gives the slot in hand up; its number becomes a tombstone.
  Status abort();

  /// Publishes an end-of-stream mark. What acquire() and commit() return.
  Status mark_end(std::int64_t timeout_ms);

  /// Stores the checksum of the slot in hand (policy `manual`); call it before commit() with the same length
  /// and flags.
  Status update_checksum(std::uint64_t length, std::uint32_t flags = 0);

  /// Tells observers that this participant is well, without touching the ring. Never waits.
  void heartbeat();

  /// Leaves the block. Idempotent.
  void close();

  /// Ends an acquire() that another thread is in, with CLOSED. The only call that any thread may make.
  void cancel() { attachment_.cancel(); }

  bool has_slot() const { return in_hand_; }
  std::uint64_t seq() const { return position_.seq(); }
  std::uint64_t slot() const { return position_.slot(); }
  std::span<std::byte> payload() { return {view_.slot_payload(position_.slot()), view_.slot_size}; }

  const View& view() const { return view_; }
  const Attachment& attachment() const { return attachment_; }
  std::uint64_t messages() const { return messages_; }
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t lost() const { return 0; }
  std::uint64_t timeouts() const { return timeouts_; }
  /// Dead participants that this handle cleaned up after while it waited.
  std::uint64_t healed() const;

 private:
  using SingleCore = ProducerCore<NativeEnv, ProducerMode::single>;
  using MultiCore = ProducerCore<NativeEnv, ProducerMode::multi>;

  void resume_stream();
  Status note_error(Status status);

  Attachment attachment_;
  const View& view_;
  Participant<NativeEnv>& entry_;
  std::variant<SingleCore, MultiCore> core_;
  RingPosition position_;
  bool in_hand_ = false;
  bool has_ended_ = false;
  bool seals_;  ///< a checksum is stored at every commit
  std::uint64_t messages_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t timeouts_ = 0;
};

}  // namespace datablock
