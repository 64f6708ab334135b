// Consumer: one participant that reads. Belongs to one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "core/attachment.hpp"
#include "core/checksum.hpp"
#include "core/lossy_reader.hpp"
#include "core/shared_spin_lock.hpp"
#include "core/sync_reader.hpp"

namespace datablock {

enum class StartFrom : std::uint8_t {
  latest,  ///< from the head on (ConsumerMode::latest: from the newest message there is)
  oldest,  ///< first the history that is still in the ring
};

/// What a consumer does with a message that does not match its checksum. It is counted, and declared as lost,
/// either way.
enum class OnCorrupt : std::uint8_t {
  report,  ///< acquire() returns CHECKSUM_MISMATCH once, then goes on
  skip,    ///< acquire() goes on to the next message
};

/// How a consumer attaches.
struct ConsumerOptions : JoinOptions {
  ConsumerMode mode = ConsumerMode::sync;
  StartFrom from = StartFrom::latest;
  OnCorrupt on_corrupt = OnCorrupt::report;
};

/// A participant that reads. It leaves the block at its end.
class Consumer {
 public:
  /// Throws what Attachment throws, and SYNC_FORBIDDEN.
  Consumer(const std::string& block, const ConsumerOptions& options);
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;
  ~Consumer() { close(); }

  /// Takes the next message in hand; it stays valid until release(). OK, TIMEOUT, END_OF_STREAM (call again
  /// to go on to the next producer), CHECKSUM_MISMATCH (with OnCorrupt::report: the message is skipped and
  /// counted as lost; call again to go on), EVICTED, NESTED_USE, CLOSED, INTERRUPTED, LOCK_LOST, RECREATED,
  /// CORRUPT.
  Status acquire(std::int64_t timeout_ms) {
    if (direct_ != nullptr && in_hand_ == 0 && attachment_.is_usable() && direct_->acquire_ready(message_))
        [[likely]] {
      in_hand_ = 1;
      count(message_);
      return Status::OK;
    }
    return acquire_slowly(timeout_ms);
  }

  /// Takes up to `messages.size()` messages in hand that follow one another without a gap; waits for the
  /// first only. A lossy consumer, which can pin one slot, gets one. `count` says how many.
  Status acquire_run(std::span<Message> messages, std::size_t& count, std::int64_t timeout_ms);

  /// Lets the message in hand go; of a run the first `count`. OK, NOTHING_IN_HAND, EVICTED.
  Status release(std::size_t count = 1) {
    if (direct_ != nullptr && count - 1 < in_hand_ && attachment_.is_usable()) [[likely]] {
      in_hand_ -= count;
      const Status status = direct_->release(count);
      return status == Status::OK ? status : note_error(status);
    }
    return release_slowly(count);
  }

  /// Goes on with message `seq`; what it passes over is not counted as lost. A sync consumer, which holds
  /// only what it has not finished, seeks forwards only. OK, INVALID_ARGUMENT (backwards, not claimed yet, or
  /// a consumer of the latest), NESTED_USE, EVICTED, CLOSED.
  Status seek(std::uint64_t seq);

  /// Goes on with the newest message that it has not read yet, or the next one to come. As seek().
  Status seek_latest();

  /// OK while what is in hand cannot have been overwritten; EVICTED when this sync consumer has lost its
  /// hold. `generation` is that of the message in hand: INVALID_ARGUMENT for another one, NOTHING_IN_HAND.
  Status validate(std::uint64_t generation) const;

  /// Recomputes the checksum of the message in hand (policy `manual`), and counts one that differs.
  ChecksumVerdict verify_checksum() { return verify_checksum(message_); }
  /// The same of a message of the run in hand.
  ChecksumVerdict verify_checksum(const Message& message);

  /// Tells observers that this participant is well. Never waits. OK, LOCK_LOST, CLOSED.
  Status heartbeat() { return attachment_.heartbeat(); }
  /// A heartbeat that also asks the kernel whether our seat still is ours, which takes some hundred
  /// nanoseconds. OK, CLOSED, LOCK_LOST, RECREATED.
  Status check_in() { return attachment_.check_in(); }

  /// For those who pass messages on: one could not be sent. Counted in the block's metrics.
  void note_send_failure() {
    if (attachment_.is_usable()) {
      view_.metrics->zmq_send_failures.fetch_add(1, std::memory_order_relaxed);
    }
  }

  /// Throws Error(NO_SUCH_ZONE).
  Zone zone(std::string_view name) const { return attachment_.zone(name); }
  /// Throws Error(CONFIG_INVALID). Each thread needs one of its own.
  SharedSpinLock spinlock(unsigned index) { return SharedSpinLock(attachment_, index); }
  /// Producers that died without an end-of-stream mark since we joined, those not cleaned up yet included.
  /// Probes lock bytes: some microseconds a participant.
  unsigned dead_producers() const;
  void close();

  /// Ends an acquire() that another thread is in, with CLOSED. The only call that any thread may make.
  void cancel() { attachment_.cancel(); }

  /// The message in hand, the first one of a run.
  const Message& message() const { return message_; }
  std::span<const std::byte> payload() const { return {view_.slot_payload(message_.slot), message_.length}; }
  std::span<const std::byte> payload(const Message& message) const {
    return {view_.slot_payload(message.slot), message.length};
  }
  std::size_t in_hand() const { return in_hand_; }
  ConsumerMode mode() const { return mode_; }

  const View& view() const { return view_; }
  const Attachment& attachment() const { return attachment_; }
  std::uint64_t messages() const { return messages_; }
  std::uint64_t bytes() const { return bytes_; }
  /// Messages lost: those told with a message, and at an end of stream those after the last one.
  std::uint64_t lost() const { return lost_; }
  std::uint64_t timeouts() const { return timeouts_; }
  /// Messages that did not match their checksum.
  std::uint64_t corrupt() const { return corrupt_; }
  /// Dead participants that this handle cleaned up after while it waited.
  std::uint64_t healed() const;

 private:
  using Sync = SyncReader<NativeEnv>;
  using Sequential = SequentialReader<NativeEnv>;
  using Latest = LatestReader<NativeEnv>;

  void join(const ConsumerOptions& options);
  Status acquire_slowly(std::int64_t timeout_ms);
  Status release_slowly(std::size_t count);
  void end_history();
  Status acquire_from_reader(Deadline<NativeEnv>& deadline);
  Status acquire_from_history(Deadline<NativeEnv>& deadline);
  Status acquire_undamaged(Deadline<NativeEnv>& deadline);
  Status reject_damaged();
  void count_damaged();
  void declare_loss_at_end();
  /// Our own line, nobody else writes it: plain stores are enough.
  void count(const Message& message) {
    entry_.messages.store(++messages_, std::memory_order_relaxed);
    entry_.bytes.store(bytes_ += message.length, std::memory_order_relaxed);
    if (message.lost != 0) [[unlikely]] {
      entry_.lost.store(lost_ += message.lost, std::memory_order_relaxed);
    }
  }
  Status note_error(Status status);

  Attachment attachment_;
  const View& view_;
  Participant<NativeEnv>& entry_;
  ConsumerMode mode_;
  OnCorrupt on_corrupt_;
  std::variant<std::monostate, Sync, Sequential, Latest> reader_;
  /// The sync reader, while its messages need nothing more than to be handed over: no history to read first,
  /// no checksum, no loss to tell of.
  Sync* direct_ = nullptr;
  std::optional<Sequential> history_;  ///< of a sync consumer that starts from the oldest message
  std::uint64_t history_end_ = 0;
  std::uint64_t healed_in_history_ = 0;  ///< known when it is over
  std::uint64_t untold_loss_ = 0;        ///< to be told with the next message
  Message message_;
  std::size_t in_hand_ = 0;
  bool checks_;  ///< every message's checksum is verified before it is handed over
  std::uint64_t messages_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t timeouts_ = 0;
  std::uint64_t corrupt_ = 0;
  std::uint64_t lost_producers_at_join_ = 0;
};

}  // namespace datablock
