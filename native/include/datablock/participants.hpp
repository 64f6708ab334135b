// DataBlockProducer and DataBlockConsumer: a participant of a block, from open to close, and the slots that
// it takes in hand.
//
//     auto producer = DataBlockProducer::open("sensor");
//     if (SlotWriteHandle slot = producer.acquire_write_slot(100)) {
//       slot.write(as_bytes(reading));
//       slot.commit();
//     }
//
// These are the primitive calls: what cannot be done now comes back as a Status, nothing is thrown after
// opening. transactions.hpp has the calls that throw instead. A handle on a slot must not outlive its
// participant. A participant and its handles belong to one thread at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include "core/consumer.hpp"
#include "core/producer.hpp"
#include "core/segment.hpp"

namespace datablock {

/// What may lie in a slot as it is: its bytes are all there is to it, and a slot is aligned well enough.
template <class T>
concept SlotValue = std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T> &&
                    alignof(T) <= kCacheLine;

/// A slot to write in. Whoever lets it go without commit() gives the message up: consumers step over its
/// number.
class SlotWriteHandle {
 public:
  /// No slot.
  SlotWriteHandle() = default;
  SlotWriteHandle(SlotWriteHandle&& other) noexcept
      : producer_(std::exchange(other.producer_, nullptr)),
        length_(other.length_),
        flags_(other.flags_),
        status_(std::exchange(other.status_, Status::NOTHING_IN_HAND)) {}
  SlotWriteHandle& operator=(SlotWriteHandle&& other) noexcept {
    if (this != &other) {
      abort();
      producer_ = std::exchange(other.producer_, nullptr);
      length_ = other.length_;
      flags_ = other.flags_;
      status_ = std::exchange(other.status_, Status::NOTHING_IN_HAND);
    }
    return *this;
  }
  ~SlotWriteHandle() { abort(); }

  /// Is there a slot in hand?
  explicit operator bool() const noexcept { return producer_ != nullptr; }
  /// OK with a slot in hand; else why there is none: what the acquire or the commit ended with.
  Status status() const noexcept { return status_; }

  // With a slot in hand only.

  /// The whole slot. Aligned to 64 bytes.
  std::span<std::byte> buffer_span() const noexcept { return producer_->payload(); }
  /// Number of the message: 0, 1, 2, ...
  std::uint64_t seq() const noexcept { return producer_->seq(); }
  std::uint64_t slot_index() const noexcept { return producer_->slot(); }

  /// How many bytes commit() publishes; the whole slot unless it is said.
  std::uint64_t length() const noexcept { return length_; }
  void set_length(std::uint64_t bytes) noexcept { length_ = bytes; }
  /// What travels with the message; bit 0 belongs to DataBlock.
  void set_flags(std::uint32_t flags) noexcept { flags_ = flags & ~MessageFlag::end; }

  /// Copies the message in, and sets its length. MESSAGE_TOO_LARGE: nothing is copied.
  Status write(std::span<const std::byte> message) noexcept {
    if (message.size() > buffer_span().size()) {
      return Status::MESSAGE_TOO_LARGE;
    }
    std::copy(message.begin(), message.end(), buffer_span().begin());
    length_ = message.size();
    return Status::OK;
  }

  /// Makes a `T` of the slot, by its default constructor, and sets the length to its size. The slot must be
  /// large enough.
  template <SlotValue T>
  T& emplace() noexcept(std::is_nothrow_default_constructible_v<T>) {
    length_ = sizeof(T);
    return *new (buffer_span().data()) T;
  }

  /// Stores the checksum of the message as it is now (blocks whose policy is `manual`). CONFIG_INVALID: the
  /// block has none.
  Status update_checksum() noexcept { return producer_->update_checksum(length_, flags_); }

  // With or without.

  /// Publishes. MESSAGE_TOO_LARGE: the slot stays in hand. Otherwise it no longer is: OK, NOTHING_IN_HAND
  /// (there was none: a second commit, say), FENCED (it was taken away by force), CLOSED.
  Status commit() noexcept {
    if (producer_ == nullptr) {
      return Status::NOTHING_IN_HAND;
    }
    const Status status = producer_->commit(length_, flags_);
    if (status != Status::MESSAGE_TOO_LARGE) {
      let_go(status);
    }
    return status;
  }

  /// Gives the message up. OK, NOTHING_IN_HAND, FENCED, CLOSED.
  Status abort() noexcept {
    if (producer_ == nullptr) {
      return Status::NOTHING_IN_HAND;
    }
    const Status status = producer_->abort();
    let_go(status);
    return status;
  }

 private:
  friend class DataBlockProducer;

  SlotWriteHandle(Producer& producer, Status status) noexcept
      : producer_(status == Status::OK ? &producer : nullptr),
        length_(producer.view().slot_size),
        status_(status) {}

  void let_go(Status status) noexcept {
    producer_ = nullptr;
    status_ = status == Status::OK ? Status::NOTHING_IN_HAND : status;
  }

  Producer* producer_ = nullptr;
  std::uint64_t length_ = 0;
  std::uint32_t flags_ = 0;
  Status status_ = Status::NOTHING_IN_HAND;
};

/// A message to read. Its bytes stay where they are until it is let go.
class SlotConsumeHandle {
 public:
  /// No message.
  SlotConsumeHandle() = default;
  SlotConsumeHandle(SlotConsumeHandle&& other) noexcept
      : consumer_(std::exchange(other.consumer_, nullptr)),
        status_(std::exchange(other.status_, Status::NOTHING_IN_HAND)) {}
  SlotConsumeHandle& operator=(SlotConsumeHandle&& other) noexcept {
    if (this != &other) {
      release();
      consumer_ = std::exchange(other.consumer_, nullptr);
      status_ = std::exchange(other.status_, Status::NOTHING_IN_HAND);
    }
    return *this;
  }
  ~SlotConsumeHandle() { release(); }

  /// Is there a message in hand?
  explicit operator bool() const noexcept { return consumer_ != nullptr; }
  /// OK with a message in hand; else why there is none: what the acquire or the release ended with.
  Status status() const noexcept { return status_; }

  // With a message in hand only.

  /// The message, in memory that is mapped read-only. Aligned to 64 bytes.
  std::span<const std::byte> buffer_span() const noexcept { return consumer_->payload(); }
  /// The message as a `T`. It must be as long as one.
  template <SlotValue T>
  const T& as() const noexcept {
    return *reinterpret_cast<const T*>(buffer_span().data());
  }
  std::uint64_t seq() const noexcept { return message().seq; }
  std::uint64_t slot_index() const noexcept { return message().slot; }
  std::uint32_t flags() const noexcept { return message().flags; }
  /// Messages lost just before this one. Always 0 for a `sync` consumer, but for damaged ones.
  std::uint64_t lost() const noexcept { return message().lost; }
  const Message& message() const noexcept { return consumer_->message(); }

  /// Recomputes the checksum (blocks whose policy is `manual`). One that differs is counted.
  ChecksumVerdict verify_checksum() const noexcept { return consumer_->verify_checksum(); }
  /// OK as long as what was read can be trusted; EVICTED.
  Status validate() const noexcept { return consumer_->validate(message().generation); }

  // With or without.

  /// Lets the message go. OK, NOTHING_IN_HAND, EVICTED (what was read is not to be trusted), CLOSED.
  Status release() noexcept {
    if (consumer_ == nullptr) {
      return Status::NOTHING_IN_HAND;
    }
    const Status status = consumer_->release();
    consumer_ = nullptr;
    status_ = status == Status::OK ? Status::NOTHING_IN_HAND : status;
    return status;
  }

 private:
  friend class DataBlockConsumer;

  SlotConsumeHandle(Consumer& consumer, Status status) noexcept
      : consumer_(status == Status::OK ? &consumer : nullptr), status_(status) {}

  Consumer* consumer_ = nullptr;
  Status status_ = Status::NOTHING_IN_HAND;
};

/// One that writes. Movable; leaves the block at its end.
class DataBlockProducer {
 public:
  /// Attaches to a block. Throws Error: NO_SUCH_BLOCK, PERMISSION, SINGLE_PRODUCER, PARTICIPANTS_FULL, ...
  static DataBlockProducer open(const std::string& name, const ProducerOptions& options = {}) {
    return DataBlockProducer(name, options);
  }

  /// Makes the block, or joins the one of the same configuration that is there, and goes on with its stream.
  /// Throws also CONFIG_DIFFERS (with every difference), CONFIG_INVALID, NO_SPACE.
  static DataBlockProducer create(const std::string& name, const BlockConfig& config,
                                  const ProducerOptions& options = {}) {
    bool is_new = false;
    open_or_create_segment(name, options.dir, config, is_new);
    return DataBlockProducer(name, options);
  }

  /// Takes the next message's slot in hand. `timeout_ms`: 0 tries, -1 waits for ever. The handle is empty
  /// when that was not possible, and its status() says why: TIMEOUT, WOULD_BLOCK, NESTED_USE (a slot is in
  /// hand already), CLOSED, INTERRUPTED, LOCK_LOST, CORRUPT, ALL_SLOTS_QUARANTINED.
  SlotWriteHandle acquire_write_slot(std::int64_t timeout_ms = -1) noexcept {
    return {*producer_, producer_->acquire(timeout_ms)};
  }

  /// The participant itself: its options, counts, batches (acquire_run(), commit_run()), mark_end(),
  /// heartbeat(), cancel(), close().
  Producer* operator->() const noexcept { return producer_.get(); }

 private:
  DataBlockProducer(const std::string& name, const ProducerOptions& options)
      : producer_(std::make_unique<Producer>(name, options)) {}

  std::unique_ptr<Producer> producer_;  // does not move: others know its address
};

/// One that reads. Movable; leaves the block at its end.
class DataBlockConsumer {
 public:
  /// Attaches to a block. Throws Error: NO_SUCH_BLOCK, PERMISSION, SYNC_FORBIDDEN, PARTICIPANTS_FULL, ...
  static DataBlockConsumer open(const std::string& name, const ConsumerOptions& options = {}) {
    return DataBlockConsumer(name, options);
  }

  /// Takes the next message in hand. The handle is empty when that was not possible, and its status() says
  /// why: TIMEOUT, END_OF_STREAM, CHECKSUM_MISMATCH (skipped, and counted as lost), EVICTED, NESTED_USE,
  /// CLOSED, INTERRUPTED, LOCK_LOST, RECREATED, CORRUPT.
  SlotConsumeHandle acquire_consume_slot(std::int64_t timeout_ms = -1) noexcept {
    return {*consumer_, consumer_->acquire(timeout_ms)};
  }

  /// The participant itself: its mode, counts, batches (acquire_run(), release()), seek(), heartbeat(),
  /// cancel(), close().
  Consumer* operator->() const noexcept { return consumer_.get(); }

 private:
  DataBlockConsumer(const std::string& name, const ConsumerOptions& options)
      : consumer_(std::make_unique<Consumer>(name, options)) {}

  std::unique_ptr<Consumer> consumer_;
};

}  // namespace datablock
