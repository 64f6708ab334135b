// Reading without holding anybody back. The reader's pin is the slot that it is looking at: those bytes stay,
// but the ring goes on without the slot. What it could not read in time is counted and told with the next
// message.
//
// Pin and claim are the classic store-buffering pair: the reader stores its pin and looks at the word again,
// the producer stores DRAINING and looks at the pins. All four are seq_cst, so at least one sees the other:
// either the reader finds the word changed and lets go, or the producer finds the pin and leaves the bytes
// alone.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/end_of_stream.hpp"
#include "core/message.hpp"
#include "core/waiting.hpp"

namespace datablock {

/// The pin of one participant.
template <class Env>
class Pin {
 public:
  Pin(const BlockView<Env>& view, std::uint8_t self) : view_(view), pin_(view.participant(self).pin) {}

  /// Pins the slot of `at` if it still holds that committed message; its payload then stays until release().
  bool take(const RingPosition& at) {
    pin_.store(at.slot(), std::memory_order_seq_cst);
    if (view_.states[at.slot()].state.load(std::memory_order_seq_cst) == SlotWord::committed(at.lap()).raw) {
      return true;
    }
    // Release, although nothing was read here: a producer that sees this NONE instead of the one before it
    // must still come after our reads of the message before (since C++20 a relaxed store ends the release
    // sequence).
    pin_.store(kNoPin, std::memory_order_release);
    view_.metrics->reader_races.fetch_add(1, std::memory_order_relaxed);
    return false;
  }

  /// Release: our reads of the payload end before a producer that sees the pin gone may overwrite it.
  void release() { pin_.store(kNoPin, std::memory_order_release); }

 private:
  const BlockView<Env>& view_;
  typename Env::template Atomic<std::uint64_t>& pin_;
};

/// Waits until the word of one slot changes.
template <class Env>
struct SlotGoal {
  const SlotState<Env>& slot;
  SlotWord word;
  EndOfStream<Env>& end;
  std::uint64_t next;

  bool reached() const { return slot.state.load(std::memory_order_seq_cst) != word.raw; }
  std::uint8_t suspect() const { return word.owner() != kNobody ? word.owner() : end.blocker(); }
  Status idle() const { return end.reached(next) ? Status::END_OF_STREAM : Status::OK; }
};

/// In order, counting what it missed: for taps and monitors; and for a joiner's look at the history.
template <class Env>
class SequentialReader {
 public:
  SequentialReader(const BlockView<Env>& view, std::uint8_t self, Caretaker& caretaker, WaitStrategy strategy,
                   std::uint64_t start)
      : view_(view),
        waiting_(view, self, caretaker, strategy),
        end_(view),
        pin_(view, self),
        next_(start, view.slot_count) {}

  /// Takes the next message that still can be read in hand. OK, TIMEOUT, END_OF_STREAM, INTERRUPTED,
  /// LOCK_LOST, RECREATED, CORRUPT. `until`: END_OF_STREAM before that number (kForever: no such bound).
  Status acquire(Deadline<Env>& deadline, Message& message, std::uint64_t until = kForever) {
    while (next_.seq() < until) {
      const auto& slot = view_.states[next_.slot()];
      const SlotWord word{slot.state.load(std::memory_order_acquire)};
      const std::uint64_t lap = next_.lap();
      if (word == SlotWord::committed(lap)) {
        if (!pin_.take(next_)) {
          continue;
        }
        message = describe_message(view_, next_);
        const bool is_mark = message.is_end_mark() && view_.holds_mark(next_);
        next_.step();
        if (is_mark) {
          pin_.release();
          continue;
        }
        message.lost = lost_;
        lost_ = 0;
        jumps_ = 0;
        return Status::OK;
      }
      if (word.lap() == lap && (word.phase() == Phase::free || word.phase() == Phase::quarantined)) {
        next_.step();
        continue;
      }
      if (word.lap() > lap && !(word.lap() == lap + 1 && word.is_draining())) {
        if (!jump()) {
          return Status::CORRUPT;
        }
        continue;
      }
      if (word.lap() + 1 < lap || !word.is_possible(view_.max_participants)) {
        return Status::CORRUPT;
      }
      // Not written yet; or being drained for the next lap, which may still be given back.
      if (end_.reached(next_.seq())) {
        return Status::END_OF_STREAM;
      }
      const Status status =
          waiting_.wait(view_.waiters[next_.slot()], deadline, SlotGoal<Env>{slot, word, end_, next_.seq()});
      if (status != Status::OK) {
        return status;
      }
    }
    return Status::END_OF_STREAM;
  }

  void release() { pin_.release(); }

  /// Goes on with message `seq`; what of it is overwritten already is counted as lost. INVALID_ARGUMENT: it
  /// is not claimed yet. Call it with nothing in hand.
  Status seek(std::uint64_t seq) {
    if (seq > view_.control->claim.load(std::memory_order_seq_cst)) {
      return Status::INVALID_ARGUMENT;
    }
    next_.seek(seq);
    jumps_ = 0;
    end_.forget();
    return Status::OK;
  }

  std::uint64_t next() const { return next_.seq(); }
  /// Numbers that were overrun and not yet told with a message; they count as told now.
  std::uint64_t take_untold_loss() { return std::exchange(lost_, 0); }
  std::uint64_t healed() const { return waiting_.healed(); }

 private:
  /// Overrun: to the oldest number that is still in the ring; further from the edge each time that this was
  /// too late.
  bool jump() {
    const std::uint64_t claim = view_.control->claim.load(std::memory_order_seq_cst);
    const std::uint64_t margin =
        jumps_ == 0 ? 0 : std::min(view_.slot_count - 1, (view_.slot_count / 8) << (jumps_ - 1));
    const std::uint64_t oldest = claim > view_.slot_count ? claim - view_.slot_count + margin : 0;
    const std::uint64_t target = std::max(oldest, next_.seq() + 1);
    if (target > claim + 1) {
      return false;  // a lap beyond what claim implies
    }
    lost_ += target - next_.seq();
    next_.seek(target);
    jumps_ = std::min(jumps_ + 1, 4U);
    return true;
  }

  const BlockView<Env>& view_;
  Waiting<Env> waiting_;
  EndOfStream<Env> end_;
  Pin<Env> pin_;
  RingPosition next_;
  std::uint64_t lost_ = 0;
  unsigned jumps_ = 0;
};

/// Always the newest message that there is; what lies between is counted as lost.
template <class Env>
class LatestReader {
 public:
  /// `start`: numbers below it count as seen. Loss is counted from the first message that is delivered.
  LatestReader(const BlockView<Env>& view, std::uint8_t self, Caretaker& caretaker, WaitStrategy strategy,
               std::uint64_t start)
      : view_(view), waiting_(view, self, caretaker, strategy), end_(view), pin_(view, self), next_(start) {}

  /// Takes the newest message that is not older than next() in hand. Same results as
  /// SequentialReader::acquire.
  Status acquire(Deadline<Env>& deadline, Message& message) {
    for (;;) {
      Search search = look();
      if (search.found) {
        if (!pin_.take(search.at)) {
          continue;
        }
        message = describe_message(view_, search.at);
        message.lost = is_first_ ? 0 : search.at.seq() - next_;
        is_first_ = false;
        next_ = search.at.seq() + 1;
        return Status::OK;
      }
      if (search.is_corrupt) {
        return Status::CORRUPT;
      }
      if (end_.reached(search.claim)) {
        return Status::END_OF_STREAM;
      }
      // Sleep on the newest claimed number that is not settled, else on the one to be claimed next. With
      // several producers another one may be committed first: nobody wakes us for that, so then do not sleep
      // for long, and look at all of them.
      const bool others_may_overtake =
          search.word.lap() == search.waiting.lap() && view_.producer_mode == ProducerMode::multi;
      const Goal goal{*this, search, others_may_overtake};
      const Status status = waiting_.wait(view_.waiters[search.waiting.slot()], deadline, goal,
                                          others_may_overtake ? kNsPerMs : 100 * kNsPerMs);
      if (status != Status::OK) {
        return status;
      }
    }
  }

  void release() { pin_.release(); }

  std::uint64_t next() const { return next_; }
  std::uint64_t healed() const { return waiting_.healed(); }

 private:
  struct Search {
    bool found = false;
    bool is_corrupt = false;
    RingPosition at;       ///< the newest readable message
    RingPosition waiting;  ///< where to sleep when there is none
    SlotWord word;         ///< what was seen there
    std::uint64_t claim = 0;
  };

  struct Goal {
    LatestReader& reader;
    const Search& search;
    bool others_may_overtake;

    bool reached() const {
      return reader.word_at(search.waiting) != search.word || (others_may_overtake && reader.look().found);
    }
    std::uint8_t suspect() const {
      return search.word.owner() != kNobody ? search.word.owner() : reader.end_.blocker();
    }
    Status idle() const { return reader.end_.reached(search.claim) ? Status::END_OF_STREAM : Status::OK; }
  };

  SlotWord word_at(const RingPosition& at) const {
    return {view_.states[at.slot()].state.load(std::memory_order_seq_cst)};
  }

  /// The number to be claimed next, and its slot's word, which shows that it has not been yet. The word is
  /// what counts: slept on after it has changed, it would not change again until the ring has come round.
  void find_head(Search& search) const {
    search.claim = view_.control->claim.load(std::memory_order_seq_cst);
    for (;;) {
      search.waiting = RingPosition(search.claim, view_.slot_count);
      search.word = word_at(search.waiting);
      const std::uint64_t lap = search.waiting.lap();
      const bool is_settled = search.word.is_settled() || search.word.phase() == Phase::quarantined;
      if (search.word.lap() < lap || (search.word.lap() == lap && !is_settled)) {
        return;
      }
      if (search.word.lap() == lap) {
        ++search.claim;  // claimed and settled, and `claim` has moved on, or whoever claims next will move it
        continue;
      }
      const std::uint64_t claim = view_.control->claim.load(std::memory_order_seq_cst);
      if (claim <= search.claim) {
        search.is_corrupt = true;  // a lap beyond what claim implies
        return;
      }
      search.claim = claim;
    }
  }

  /// From the head downwards to the newest message that is data and not seen yet.
  Search look() const {
    Search search;
    find_head(search);
    const std::uint64_t ring_start = search.claim > view_.slot_count ? search.claim - view_.slot_count : 0;
    const std::uint64_t oldest = std::max(ring_start, next_);
    bool unsettled = false;
    for (std::uint64_t seq = search.claim; seq-- > oldest;) {
      const RingPosition at(seq, view_.slot_count);
      const auto& slot = view_.states[at.slot()];
      const SlotWord word{slot.state.load(std::memory_order_acquire)};
      if (word == SlotWord::committed(at.lap()) && !view_.holds_mark(at)) {
        search.found = true;
        search.at = at;
        return search;
      }
      if (!unsettled && word.lap() == at.lap() && !word.is_settled() && word.phase() != Phase::quarantined) {
        unsettled = true;
        search.waiting = at;
        search.word = word;
      }
    }
    return search;
  }

  const BlockView<Env>& view_;
  Waiting<Env> waiting_;
  EndOfStream<Env> end_;
  Pin<Env> pin_;
  std::uint64_t next_;
  bool is_first_ = true;
};

}  // namespace datablock
