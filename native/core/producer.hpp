// Producer: one participant that writes. Belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "core/attachment.hpp"
#include "core/checksum.hpp"
#include "core/producer_core.hpp"
#include "core/shared_spin_lock.hpp"

namespace datablock {

/// How a producer attaches.
struct ProducerOptions : JoinOptions {
  /// On a block whose one producer is alive: how long to wait for it to go, ms (-1 = for ever). 0:
  /// SINGLE_PRODUCER at once.
  std::int64_t standby_ms = 0;
  /// Store each message's checksum at commit also where the block leaves that to its users (policy `manual`).
  bool seal_all = false;
};

/// A participant that writes. It leaves the block at its end.
class Producer {
  using SingleCore = ProducerCore<NativeEnv, ProducerMode::single>;
  using MultiCore = ProducerCore<NativeEnv, ProducerMode::multi>;

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
    if (hand_ == Hand::empty && !has_ended_ && attachment_.is_usable() &&
        with_core([this](auto& core) { return core.acquire_at_once(position_); })) [[likely]] {
      hand_ = Hand::slot;
      return Status::OK;
    }
    return acquire_slowly(timeout_ms);
  }

  /// Publishes `length` bytes of the slot in hand. OK, MESSAGE_TOO_LARGE (the slot stays in hand),
  /// NOTHING_IN_HAND, FENCED.
  Status commit(std::uint64_t length, std::uint32_t flags = 0) {
    if (hand_ != Hand::slot || !attachment_.is_usable()) [[unlikely]] {
      return attachment_.is_usable() ? Status::NOTHING_IN_HAND : Status::CLOSED;
    }
    if (length > view_.slot_size) [[unlikely]] {
      return Status::MESSAGE_TOO_LARGE;
    }
    hand_ = Hand::empty;
    return publish(position_, length, flags);
  }

  /// Gives what is in hand up; its numbers become tombstones.
  Status abort();

  /// Takes up to `most` slots in hand: waits for the first, the others only if they are free now. run() has
  /// them. What acquire() returns; INVALID_ARGUMENT for none.
  Status acquire_run(std::size_t most, std::int64_t timeout_ms);

  /// Publishes the first `lengths.size()` slots of the run, in order, and gives the others up. `published`
  /// says how many. OK; MESSAGE_TOO_LARGE, INVALID_ARGUMENT (more than are in hand): all stays in hand;
  /// NOTHING_IN_HAND; FENCED: one was taken away, those after it are published all the same.
  Status commit_run(std::span<const std::uint64_t> lengths, std::uint32_t flags, std::size_t& published);

  /// The slots of a run in hand.
  std::span<const RingPosition> run() const { return run_; }

  /// Publishes an end-of-stream mark. What acquire() and commit() return.
  Status mark_end(std::int64_t timeout_ms);

  /// Stores the checksum of the slot in hand (policy `manual`); call it before commit() with the same length
  /// and flags.
  Status update_checksum(std::uint64_t length, std::uint32_t flags = 0);

  /// Tells observers that this participant is well, without touching the ring. Never waits. OK, LOCK_LOST,
  /// CLOSED.
  Status heartbeat() { return attachment_.heartbeat(); }
  /// A heartbeat that also asks the kernel whether our seat still is ours, which takes some hundred
  /// nanoseconds. OK, CLOSED, LOCK_LOST, RECREATED.
  Status check_in() { return attachment_.check_in(); }

  /// Throws Error(NO_SUCH_ZONE).
  Zone zone(std::string_view name) const { return attachment_.zone(name); }
  /// Throws Error(CONFIG_INVALID). Each thread needs one of its own.
  SharedSpinLock spinlock(unsigned index) { return SharedSpinLock(attachment_, index); }

  /// Leaves the block. Idempotent.
  void close();

  /// Ends an acquire() that another thread is in, with CLOSED. The only call that any thread may make.
  void cancel() { attachment_.cancel(); }

  bool has_slot() const { return hand_ == Hand::slot; }
  std::uint64_t seq() const { return position_.seq(); }
  std::uint64_t slot() const { return position_.slot(); }
  const RingPosition& position() const { return position_; }
  std::span<std::byte> payload() const { return payload(position_); }
  std::span<std::byte> payload(const RingPosition& at) const {
    return {view_.slot_payload(at.slot()), view_.slot_size};
  }

  const View& view() const { return view_; }
  const Attachment& attachment() const { return attachment_; }
  std::uint64_t messages() const { return messages_; }
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t lost() const { return 0; }
  std::uint64_t corrupt() const { return 0; }
  std::uint64_t timeouts() const { return timeouts_; }
  /// Dead participants that this handle cleaned up after while it waited.
  std::uint64_t healed() const;

 private:
  enum class Hand : std::uint8_t { empty, slot, run };

  /// Calls `call` with the core of the block's mode.
  template <class Call>
  std::invoke_result_t<Call, SingleCore&> with_core(Call&& call) {
    if (auto* core = std::get_if<SingleCore>(&core_)) [[likely]] {
      return call(*core);
    }
    return call(*std::get_if<MultiCore>(&core_));
  }

  Status publish(const RingPosition& at, std::uint64_t length, std::uint32_t flags) {
    if (seals_) [[unlikely]] {
      store_checksum(view_, at, length, flags);
    }
    const Status status =
        with_core([&](auto& core) { return core.commit(at, length, flags, attachment_.writer_tag()); });
    if (status == Status::OK) [[likely]] {
      // Our own line, nobody else writes it: a plain store is enough.
      entry_.messages.store(++messages_, std::memory_order_relaxed);
      entry_.bytes.store(bytes_ += length, std::memory_order_relaxed);
      return status;
    }
    return note_error(status);
  }
  Status acquire_slowly(std::int64_t timeout_ms);
  Status give_up(const RingPosition& at);
  void resume_stream();
  Status note_error(Status status);

  Attachment attachment_;
  const View& view_;
  Participant<NativeEnv>& entry_;
  std::variant<SingleCore, MultiCore> core_;
  RingPosition position_;
  std::vector<RingPosition> run_;
  Hand hand_ = Hand::empty;
  bool has_ended_ = false;
  bool seals_;  ///< a checksum is stored at every commit
  std::uint64_t messages_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t timeouts_ = 0;
};

}  // namespace datablock
