// Reading without loss. The reader's hold is the first message it has not finished: no producer claims a
// number that would overwrite it. Messages are taken in hand one by one or as a run, and let go in order.
//
// The hold is published lazily, a few messages behind, so that the producer's line is not taken from it on
// every message; but at once when a producer sleeps for it, and before any wait of our own.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/end_of_stream.hpp"
#include "core/message.hpp"
#include "core/poll_pace.hpp"
#include "core/waiting.hpp"

namespace datablock {

template <class Env>
class SyncReader {
 public:
  /// `start`: what join_sync() returned.
  SyncReader(const BlockView<Env>& view, std::uint8_t self, Caretaker& caretaker, WaitStrategy strategy,
             std::uint64_t start)
      : view_(view),
        self_(self),
        waiting_(view, self, caretaker, strategy),
        end_(view),
        paces_(strategy != WaitStrategy::block),
        next_(start, view.slot_count),
        found_until_(start),
        finished_(start),
        published_(start),
        // An eighth of the ring, but never so many that an observer's lag or a producer's room is off by
        // much.
        batch_(std::clamp<std::uint64_t>(view.slot_count / 8, 1, kLargestBatch)) {}

  /// Takes the next message in hand; call it with nothing in hand. OK, TIMEOUT, END_OF_STREAM, EVICTED,
  /// INTERRUPTED, LOCK_LOST, RECREATED, CORRUPT.
  Status acquire(Deadline<Env>& deadline, Message& message) {
    std::uint64_t lost = 0;
    for (;;) {
      const auto& slot = view_.states[next_.slot()];
      // Acquire: the payload that was written before COMMITTED is visible after we have seen it.
      const SlotWord word{slot.state.load(std::memory_order_acquire)};
      const std::uint64_t lap = next_.lap();
      if (word == SlotWord::committed(lap)) [[likely]] {
        message = describe_message(view_, next_);
        message.lost = lost;
        const bool is_mark = message.is_end_mark() && view_.holds_mark(next_);
        next_.step();
        if (!is_mark) [[likely]] {
          return Status::OK;
        }
        finished_ = next_.seq();
        continue;
      }
      if (word.lap() == lap && (word.phase() == Phase::free || word.phase() == Phase::quarantined)) {
        next_.step();
        finished_ = next_.seq();
        continue;
      }
      if (word.lap() > lap) {
        if (is_evicted()) {
          return Status::EVICTED;
        }
        // Cannot happen to a hold that is honoured. Say so, and go on where the ring still has messages.
        const std::uint64_t claim = view_.control->claim.load(std::memory_order_seq_cst);
        const std::uint64_t oldest = claim > view_.slot_count ? claim - view_.slot_count : 0;
        if (oldest <= next_.seq()) {
          return Status::CORRUPT;
        }
        lost += oldest - next_.seq();
        next_.seek(oldest);
        finished_ = oldest;
        continue;
      }
      if (word.lap() + 1 < lap || !word.is_possible(view_.max_participants)) {
        return Status::CORRUPT;
      }
      if (Status status = wait_for_change(word, deadline); status != Status::OK) {
        return status;
      }
    }
  }

  /// Takes one more message in hand if it is ready now and follows without a gap: for runs. False otherwise.
  bool acquire_ready(Message& message) {
    const SlotWord word{view_.states[next_.slot()].state.load(std::memory_order_acquire)};
    if (word != SlotWord::committed(next_.lap())) {
      return false;
    }
    message = describe_message(view_, next_);
    if (message.is_end_mark()) {
      return false;
    }
    next_.step();
    return true;
  }

  /// Lets the oldest `count` messages in hand go. EVICTED: our hold was taken; what was read since then is
  /// not to be trusted.
  Status release(std::uint64_t count) {
    finished_ += count;
    const auto& entry = view_.participant(self_);
    if (finished_ - published_ >= batch_ || (entry.hold_waiters.load(std::memory_order_relaxed) & 1) != 0) {
      return publish();
    }
    // Not published yet, but an eviction is told at once: what was just read may have been overwritten. The
    // fence keeps the reads of the payload before the look at the hold: if they saw the new bytes, it sees
    // the eviction.
    Env::acquire_fence();
    return is_evicted() ? Status::EVICTED : Status::OK;
  }

  /// Makes the hold visible now.
  Status publish() {
    if (published_ == finished_) {
      return Status::OK;
    }
    auto& entry = view_.participant(self_);
    std::uint64_t expected = published_;
    // Seq_cst CAS: release, so that our reads of the payload end before a producer may overwrite it; a full
    // fence, so that the look at the waiter word below comes after it; and a CAS, so that an eviction is
    // noticed.
    if (!entry.hold.compare_exchange_strong(expected, finished_, std::memory_order_seq_cst,
                                            std::memory_order_relaxed)) {
      return Status::EVICTED;
    }
    published_ = finished_;
    Env::fence_after_rmw();
    wake_sleepers<Env>(entry.hold_waiters);
    return Status::OK;
  }

  /// Goes on with message `seq`, and finishes those before it. INVALID_ARGUMENT: it is finished already, or
  /// not claimed yet. EVICTED. Call it with nothing in hand.
  Status seek(std::uint64_t seq) {
    if (seq < next_.seq() || seq > view_.control->claim.load(std::memory_order_seq_cst)) {
      return is_evicted() ? Status::EVICTED : Status::INVALID_ARGUMENT;
    }
    next_.seek(seq);
    found_until_ = seq;
    finished_ = seq;
    end_.forget();
    return publish();
  }

  bool is_evicted() const {
    return view_.participant(self_).hold.load(std::memory_order_relaxed) != published_;
  }

  std::uint64_t next() const { return next_.seq(); }
  std::uint64_t healed() const { return waiting_.healed(); }

 private:
  static constexpr std::uint64_t kLargestBatch = 64;

  Status wait_for_change(SlotWord word, Deadline<Env>& deadline) {
    if (paces_ && !deadline.is_try()) {
      const std::uint64_t run = next_.seq() - found_until_;
      found_until_ = next_.seq();
      const auto& slot = view_.states[next_.slot()];
      if (pace_.poll(run, [&] { return slot.state.load(std::memory_order_relaxed) != word.raw; })) {
        return Status::OK;
      }
    }
    if (Status status = publish(); status != Status::OK) {
      return status;
    }
    if (end_.reached(next_.seq())) {
      return Status::END_OF_STREAM;
    }
    struct Goal {
      SyncReader& reader;
      const SlotState<Env>& slot;
      SlotWord word;
      bool reached() const { return slot.state.load(std::memory_order_seq_cst) != word.raw; }
      std::uint8_t suspect() const { return word.owner() != kNobody ? word.owner() : reader.end_.blocker(); }
      Status idle() const {
        if (reader.is_evicted()) {
          return Status::EVICTED;
        }
        return reader.end_.reached(reader.next_.seq()) ? Status::END_OF_STREAM : Status::OK;
      }
    } goal{*this, view_.states[next_.slot()], word};
    return waiting_.wait(view_.waiters[next_.slot()], deadline, goal);
  }

  const BlockView<Env> view_;  ///< a copy: one look-up less on the way of every message
  std::uint8_t self_;
  Waiting<Env> waiting_;
  EndOfStream<Env> end_;
  PollPace<Env> pace_;
  bool paces_;
  RingPosition next_;          ///< next number to look at
  std::uint64_t found_until_;  ///< where there was nothing to read last time
  std::uint64_t finished_;     ///< first number not finished
  std::uint64_t published_;    ///< what our hold says
  std::uint64_t batch_;        ///< how far the hold may lag behind
};

}  // namespace datablock
