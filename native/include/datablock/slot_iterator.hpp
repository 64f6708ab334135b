// Going through the messages of a block.
//
//     for (const SlotConsumeHandle& slot : DataBlockSlotIterator(consumer)) add(slot.buffer_span());
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>

#include "core/status.hpp"
#include "datablock/participants.hpp"

namespace datablock {

/// The messages of a consumer, one after the other: each stays in hand until the next one is asked for.
/// Tombstones are stepped over; messages that a lossy consumer was too slow for are counted
/// (SlotConsumeHandle::lost()). It must not outlive the consumer, and there is one at a time for each.
class DataBlockSlotIterator {
 public:
  /// `timeout_ms`: how long a range-for waits for each message; -1: for ever.
  explicit DataBlockSlotIterator(DataBlockConsumer& consumer, std::int64_t timeout_ms = -1) noexcept
      : consumer_(&consumer), timeout_ms_(timeout_ms) {}

  /// The next message. Empty at the end of the stream, at a time-out, ...: its status() says which. It is in
  /// hand until it is let go or destroyed, and only then there can be another one.
  SlotConsumeHandle try_next(std::int64_t timeout_ms) noexcept {
    return consumer_->acquire_consume_slot(timeout_ms);
  }

  /// Goes on with the newest message that there is; with the next one to come where there is none. What is
  /// passed over is not counted as lost. Throws Error: NESTED_USE (a message is in hand), EVICTED.
  void seek_latest() { throw_unless_ok((*consumer_)->seek_latest()); }

  /// Goes on with message `seq`, or the first one after it that can be read. A `sync` consumer holds only
  /// what it has not finished, so it seeks forwards only. What was overwritten already is counted as lost.
  /// Throws Error: INVALID_ARGUMENT (not claimed yet; backwards with a `sync` consumer; any with a `latest`
  /// one), NESTED_USE, EVICTED.
  void seek_to(std::uint64_t seq) { throw_unless_ok((*consumer_)->seek(seq)); }

  /// For range-for: ends at the end of the stream; throws TimeoutError and Error.
  class Cursor {
   public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = SlotConsumeHandle;
    using difference_type = std::ptrdiff_t;

    Cursor(DataBlockConsumer& consumer, std::int64_t timeout_ms)
        : consumer_(&consumer), timeout_ms_(timeout_ms) {
      advance();
    }

    const SlotConsumeHandle& operator*() const noexcept { return slot_; }
    const SlotConsumeHandle* operator->() const noexcept { return std::addressof(slot_); }
    /// Throws Error(EVICTED) when the message just read is not to be trusted.
    Cursor& operator++() {
      throw_unless_ok(slot_.release());
      advance();
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const noexcept { return !slot_; }

   private:
    void advance() {
      slot_ = consumer_->acquire_consume_slot(timeout_ms_);
      if (!slot_ && slot_.status() != Status::END_OF_STREAM) {
        throw_status(slot_.status());
      }
    }

    DataBlockConsumer* consumer_;
    std::int64_t timeout_ms_;
    SlotConsumeHandle slot_;
  };

  Cursor begin() { return {*consumer_, timeout_ms_}; }
  std::default_sentinel_t end() const noexcept { return std::default_sentinel; }

 private:
  DataBlockConsumer* consumer_;
  std::int64_t timeout_ms_;
};

}  // namespace datablock
