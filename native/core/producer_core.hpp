// Writing: claim a message number, write its slot, publish it.
//
// A producer looks at the next number (`claim`), brings that number's slot from its last lap to WRITING, and
// only then moves `claim`. So each claimed number has an owner in its slot's word, and a claim is never
// undone: it ends COMMITTED, or FREE on its own lap (a tombstone). Whoever finds the slot claimed but `claim`
// behind moves it on for the other.
//
// The two modes differ only in transition(): in `multi` it is a CAS. In `single` nobody else may touch a
// settled slot's word while the one producer lives, so it is a plain store, and the way of a message holds no
// locked instruction.
//
// Two words tell a producer how far it may go. Sync consumers: message n may be claimed when every hold is
// greater than n - N (`limit_` caches that). Lossy consumers: a slot that is pinned may not be written.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/block_view.hpp"
#include "core/deadline.hpp"
#include "core/eventcount.hpp"
#include "core/waiting.hpp"

namespace datablock {

template <class Env, ProducerMode kMode>
class ProducerCore {
 public:
  ProducerCore(const BlockView<Env>& view, std::uint8_t self, Caretaker& caretaker, WaitStrategy strategy)
      : view_(view),
        self_(self),
        waiting_(view, self, caretaker, strategy),
        next_(view.control->claim.load(std::memory_order_seq_cst), view.slot_count) {
    skipped_pin_.fill(kNoPin);
  }

  /// Claims the next message. OK: `claimed` says which, its payload is ours until commit() or abort().
  /// TIMEOUT, WOULD_BLOCK, INTERRUPTED, LOCK_LOST, CORRUPT, FENCED, ALL_SLOTS_QUARANTINED: nothing is held.
  Status acquire(Deadline<Env>& deadline, RingPosition& claimed) {
    // Not twice: a number whose slot is already in WRITING for us has to be settled first.
    if (!has_met_joiner_ && acquire_at_once(claimed)) {
      return Status::OK;
    }
    if (has_met_joiner_) {
      const Step step = wait_in_writing(deadline, claimed);
      if (step.is_final()) {
        return finish(step.status);
      }
    }
    return acquire_slowly(deadline, claimed);
  }

  /// The way of nearly every message: its slot is settled, there is room, nobody pins. False: call acquire(),
  /// which is the whole truth.
  bool acquire_at_once(RingPosition& claimed) {
    const std::uint64_t n = view_.control->claim.load(std::memory_order_seq_cst);
    if (n == next_.seq() + 1) [[likely]] {
      next_.step();
    } else {
      next_.seek(n);
    }
    auto& slot = view_.states[next_.slot()];
    const SlotWord word{slot.state.load(std::memory_order_acquire)};
    if (n >= limit_ || word.lap() + 1 != next_.lap() || !word.is_settled() ||
        view_.control->lossy.load(std::memory_order_relaxed) != 0 || !transition(slot, word, writing()))
        [[unlikely]] {
      return false;
    }
    order_before_look();
    // A lossy consumer that joined between our look and our store does not know of this claim, and may have
    // pinned the slot. Its join fences, so either we see its bit here or it sees WRITING when it looks again.
    if (view_.control->lossy.load(std::memory_order_seq_cst) != 0) [[unlikely]] {
      has_met_joiner_ = true;
      return false;
    }
    take(claimed);
    return true;
  }

  /// Claims the next message if that takes no waiting, no draining and nobody's help: for runs.
  bool acquire_ready(RingPosition& claimed) {
    for (bool has_refreshed = false;; has_refreshed = true) {
      if (acquire_at_once(claimed)) {
        return true;
      }
      if (has_met_joiner_) {
        Deadline<Env> now(0);
        return wait_in_writing(now, claimed).claimed;
      }
      const std::uint64_t n = view_.control->claim.load(std::memory_order_seq_cst);
      if (has_refreshed || n < limit_ || n >= refresh_limit(n)) {
        return false;
      }
    }
  }

  /// Publishes. FENCED: the slot had been taken away, nothing is published. Either way it is no longer held.
  Status commit(const RingPosition& at, std::uint64_t length, std::uint32_t flags, std::uint32_t writer) {
    auto& slot = view_.states[at.slot()];
    slot.length.store(length, std::memory_order_relaxed);
    slot.flags.store(flags, std::memory_order_relaxed);
    slot.writer.store(writer, std::memory_order_relaxed);
    if (view_.timestamps) {
      slot.committed_ns.store(Env::now_ns(), std::memory_order_relaxed);
    }
    return settle(at, SlotWord::committed(at.lap()));
  }

  /// Gives the claim up: its number becomes a tombstone.
  Status abort(const RingPosition& at) {
    const Status status = settle(at, SlotWord::free(at.lap()));
    if (status == Status::OK) {
      count(view_.metrics->tombstones);
    }
    return status;
  }

  std::uint64_t healed() const { return waiting_.healed(); }

 private:
  using Slot = SlotState<Env>;

  /// How one look at the ring ended: claimed, failed, or "look again".
  struct Step {
    Status status = Status::OK;
    bool claimed = false;

    static constexpr Step again() { return {}; }
    static constexpr Step done() { return {Status::OK, true}; }
    bool is_final() const { return claimed || status != Status::OK; }
  };

  /// How long a reader may keep a slot in use before the ring goes on without it.
  static constexpr std::uint64_t kPinPatienceNs = kNsPerMs;
  /// Slots. Their lines take some 100 ns to come, in which as many messages can be written.
  static constexpr std::uint64_t kPrefetchDistance = 16;

  SlotWord writing() const { return SlotWord::make(next_.lap(), self_, Phase::writing); }

  bool transition(Slot& slot, SlotWord from, SlotWord to) {
    if constexpr (kMode == ProducerMode::single) {
      // Release: whoever sees this word sees what we wrote before it.
      slot.state.store(to.raw, std::memory_order_release);
      return true;
    } else {
      return slot.state.compare_exchange_strong(from.raw, to.raw, std::memory_order_seq_cst,
                                                std::memory_order_relaxed);
    }
  }

  /// Between a transition and the look that must not be ordered before it.
  void order_before_look() {
    if constexpr (kMode == ProducerMode::multi) {
      Env::fence_after_rmw();
    } else if (view_.fences == Fences::asymmetric) {
      Env::compiler_fence();  // the other side calls process_fence()
    } else {
      Env::fence();
    }
  }

  /// After every transition that somebody may sleep for. (Not after WRITING of a single producer: its
  /// sleepers all wait for the settled word.)
  void wake(const RingPosition& at) {
    order_before_look();
    wake_sleepers<Env>(view_.waiters[at.slot()]);
  }

  void advance_claim(std::uint64_t n) {
    if constexpr (kMode == ProducerMode::single) {
      // Release: whoever sees the number claimed sees its slot's word. Not a CAS: while we live nobody else
      // moves claim past a number whose slot we have just taken.
      view_.control->claim.store(n + 1, std::memory_order_release);
    } else {
      // Losing means that somebody helped.
      view_.control->claim.compare_exchange_strong(n, n + 1, std::memory_order_seq_cst,
                                                   std::memory_order_relaxed);
    }
  }

  /// WRITING is ours: publish the claim and hand the slot out.
  void take(RingPosition& claimed) {
    advance_claim(next_.seq());
    if constexpr (kMode == ProducerMode::multi) {
      wake_sleepers<Env>(view_.waiters[next_.slot()]);  // `latest` readers sleep on the slot of claim
    }
    prefetch_ahead();
    const std::uint64_t now = Env::coarse_now_ns();
    view_.states[next_.slot()].acquired_ns.store(now, std::memory_order_relaxed);
    view_.participant(self_).heartbeat_ns.store(now, std::memory_order_relaxed);
    claimed = next_;
  }

  /// Asks for the lines of a slot that we shall write soon: its reader has them, and to fetch them back takes
  /// as long as to write some messages. Not of a slot that somebody still reads: that would only slow it
  /// down.
  void prefetch_ahead() {
    if (next_.seq() + kPrefetchDistance >= limit_) {
      return;
    }
    std::uint64_t slot = next_.slot() + kPrefetchDistance;
    slot -= slot >= view_.slot_count ? view_.slot_count : 0;
    if (slot < view_.slot_count) {
      Env::prefetch_for_write(&view_.states[slot]);
      Env::prefetch_for_write(view_.slot_payload(slot));
    }
  }

  /// Records a failure where it happens.
  Status finish(Status status) {
    if (status == Status::TIMEOUT) {
      count(view_.metrics->writer_timeouts);
    } else if (status != Status::OK) {
      count(view_.metrics->acquire_errors);
    }
    return status;
  }

  [[gnu::noinline]] Status acquire_slowly(Deadline<Env>& deadline, RingPosition& claimed) {
    std::uint64_t skipped = 0;      // numbers given up behind pins, in this call
    std::uint64_t quarantined = 0;  // quarantined slots passed in a row
    std::uint64_t stale = kForever;
    for (;;) {
      const std::uint64_t n = view_.control->claim.load(std::memory_order_seq_cst);
      next_.seek(n);
      Slot& slot = view_.states[next_.slot()];
      const SlotWord word{slot.state.load(std::memory_order_acquire)};
      const std::uint64_t lap = next_.lap();
      Step step;

      if (word.lap() >
          lap) {  // the ring went on while we looked; if it says that it did not, the word is impossible
        if (stale == n) {
          return finish(Status::CORRUPT);
        }
        stale = n;
        continue;
      }
      if (word.lap() + 1 < lap || !word.is_possible(view_.max_participants)) {
        return finish(Status::CORRUPT);
      }
      if (word.lap() == lap && word.is_draining()) {
        step = take_over(slot, word, deadline, claimed, skipped);
      } else if (word.lap() == lap) {
        advance_claim(n);  // help
      } else if (n >= limit_ && n >= refresh_limit(n)) {
        // Before every case below: they may overwrite what a sync consumer has not finished.
        step = wait_for_space(n, deadline);
      } else if (word.phase() == Phase::writing || word.is_draining()) {
        step = wait_for_slot(slot, word, deadline);  // its owner is a whole lap behind
      } else if (word.phase() == Phase::quarantined) {
        step = pass_quarantined(slot, word, quarantined);
      } else {
        step = claim_settled(slot, word, deadline, claimed, skipped);
      }

      if (step.is_final()) {
        return finish(step.status);
      }
    }
  }

  // ------------------------------------------------------------------------------------------ sync consumers

  /// min(n, all holds) + N. The caller compares with n.
  std::uint64_t refresh_limit(std::uint64_t n) {
    // The fence orders our earlier stores of `claim` before the look at `sync`: a consumer that joins sets
    // its bit, fences and reads `claim` again, so either we see the bit or it starts at a number we can no
    // longer overwrite.
    Env::fence();
    std::uint64_t oldest = n;
    slowest_ = kNobody;
    for_each_participant(view_.control->sync.load(std::memory_order_seq_cst), [&](std::uint8_t id) {
      const std::uint64_t hold = view_.participant(id).hold.load(std::memory_order_seq_cst);
      if (hold < oldest) {
        oldest = hold;
        slowest_ = id;
      }
    });
    limit_ = oldest + view_.slot_count;
    return limit_;
  }

  Step wait_for_space(std::uint64_t n, Deadline<Env>& deadline) {
    if (view_.overflow_policy == OverflowPolicy::fail) {
      return {waiting_.ask_after(slowest_) ? Status::OK : Status::WOULD_BLOCK};
    }
    struct Goal {
      const BlockView<Env>& view;
      std::uint8_t slowest;
      std::uint64_t needed;
      bool reached() const {  // kNoHold is greater than any number
        return view.participant(slowest).hold.load(std::memory_order_seq_cst) > needed;
      }
      std::uint8_t suspect() const { return slowest; }
      Status idle() const { return Status::OK; }
    } goal{view_, slowest_, n - view_.slot_count};
    const std::uint64_t start = deadline.is_try() ? 0 : Env::now_ns();
    const Status status = waiting_.wait(view_.participant(slowest_).hold_waiters, deadline, goal);
    if (start != 0) {
      count(view_.metrics->writer_blocked_ns, Env::now_ns() - start);
    }
    return {status};
  }

  // ------------------------------------------------------------------------------------------ other
  // producers

  Step wait_for_slot(Slot& slot, SlotWord word, Deadline<Env>& deadline) {
    struct Goal {
      Slot& slot;
      SlotWord word;
      bool reached() const { return slot.state.load(std::memory_order_seq_cst) != word.raw; }
      std::uint8_t suspect() const { return word.owner(); }
      Status idle() const { return Status::OK; }
    } goal{slot, word};
    return {waiting_.wait(view_.waiters[next_.slot()], deadline, goal)};
  }

  /// Another producer drains this very number. No byte is touched yet, so nobody needs to wait for it: go on
  /// as its owner.
  Step take_over(Slot& slot, SlotWord word, Deadline<Env>& deadline, RingPosition& claimed,
                 std::uint64_t& skipped) {
    // While a reader has the slot pinned there is nothing to gain by taking it from one another. With one
    // slot there never is: two producers would take it in turns, and neither would wait long enough to ask
    // after the reader.
    const bool is_only_slot = view_.slot_count == 1;
    std::uint8_t pinner = who_pins(next_.slot());
    if (pinner != kNobody && (is_only_slot || skipped_pin_[pinner - 1] != next_.slot())) {
      const Status status = waiting_.poll(
          is_only_slot ? deadline.remaining_ns() : std::min(kPinPatienceNs, deadline.remaining_ns()),
          [&] {
            pinner = who_pins(next_.slot());
            return pinner == kNobody || slot.state.load(std::memory_order_seq_cst) != word.raw;
          },
          pinner);
      if (status != Status::TIMEOUT || is_only_slot) {
        return {status};
      }
      remember_skip(pinner);
    }
    const SlotWord mine = SlotWord::make(word.lap(), self_, word.phase());
    if (!transition(slot, word, mine)) {
      return Step::again();
    }
    return drain(slot, mine, deadline, claimed, skipped);
  }

  /// The slot's last owner was fenced off and may still be writing into it: its number becomes a tombstone.
  Step pass_quarantined(Slot& slot, SlotWord word, std::uint64_t& passed) {
    if (waiting_.ask_after(word.owner())) {
      return Step::again();
    }
    if (transition(slot, word, SlotWord::make(next_.lap(), word.owner(), Phase::quarantined))) {
      advance_claim(next_.seq());
      count(view_.metrics->tombstones);
      wake(next_);
      if (++passed >= view_.slot_count) {
        return {Status::ALL_SLOTS_QUARANTINED};
      }
    }
    return Step::again();
  }

  // ------------------------------------------------------------------------------------------ lossy
  // consumers

  Step claim_settled(Slot& slot, SlotWord word, Deadline<Env>& deadline, RingPosition& claimed,
                     std::uint64_t& skipped) {
    if (view_.control->lossy.load(std::memory_order_seq_cst) == 0) {
      if (!transition(slot, word, writing())) {
        return Step::again();
      }
      order_before_look();
      if (view_.control->lossy.load(std::memory_order_seq_cst) == 0) {
        take(claimed);
        return Step::done();
      }
      return wait_in_writing(deadline, claimed);
    }
    // Two codes, so that anyone who gives the slot back knows what was there. FREE must drain too: a reader
    // may still have its pin on the bytes of the lap before.
    const SlotWord mine = SlotWord::make(
        next_.lap(), self_, word.phase() == Phase::committed ? Phase::draining : Phase::draining_empty);
    if (!transition(slot, word, mine)) {
      return Step::again();
    }
    return drain(slot, mine, deadline, claimed, skipped);
  }

  /// DRAINING is ours: on to WRITING as soon as nobody looks at the slot.
  Step drain(Slot& slot, SlotWord mine, Deadline<Env>& deadline, RingPosition& claimed,
             std::uint64_t& skipped) {
    // Store buffering: our DRAINING before our scan, the reader's pin before its second look. Both sides are
    // seq_cst, so at least one sees the other. (A plain store needs the fence; after a CAS it costs nothing
    // on x86.)
    if constexpr (kMode == ProducerMode::single) {
      Env::fence();
    } else {
      Env::fence_after_rmw();
    }
    std::uint8_t pinner = who_pins(next_.slot());
    if (pinner != kNobody && !(view_.slot_count > 1 && skipped_pin_[pinner - 1] == next_.slot())) {
      const std::uint64_t patience =
          view_.slot_count > 1 ? std::min(kPinPatienceNs, deadline.remaining_ns()) : deadline.remaining_ns();
      const Status status = waiting_.poll(
          patience,
          [&] {
            pinner = who_pins(next_.slot());
            return pinner == kNobody || slot.state.load(std::memory_order_relaxed) != mine.raw;
          },
          pinner);
      if (status == Status::OK) {
        pinner = who_pins(next_.slot());
        if (pinner != kNobody) {
          return Step::again();  // taken over, or healed: look again
        }
      } else if (status != Status::TIMEOUT || view_.slot_count == 1) {
        if (transition(slot, mine, mine.before_drain())) {  // nothing was touched: as if we had never come
          wake(next_);
        }
        return {status};
      }
    }
    if (pinner == kNobody) {
      if (!transition(slot, mine, writing())) {
        return Step::again();
      }
      forget_skips();
      take(claimed);
      return Step::done();
    }
    remember_skip(pinner);
    return skip(slot, mine, deadline, skipped, pinner);
  }

  /// The reader keeps its bytes, the number becomes a tombstone, the ring goes on.
  Step skip(Slot& slot, SlotWord mine, Deadline<Env>& deadline, std::uint64_t& skipped, std::uint8_t pinner) {
    if (transition(slot, mine, SlotWord::free(next_.lap()))) {
      advance_claim(next_.seq());
      count(view_.metrics->tombstones);
      wake(next_);
    }
    waiting_.ask_after(pinner);
    if (++skipped < view_.slot_count) {
      return Step::again();
    }
    if (deadline.has_passed()) {
      return {Status::TIMEOUT};
    }
    skipped = 0;
    return wait_while_ring_is_pinned(deadline);
  }

  /// Once round in vain: instead of burning numbers, wait until some slot is not pinned. Each time round asks
  /// after another of the readers.
  Step wait_while_ring_is_pinned(Deadline<Env>& deadline) {
    const std::uint64_t lossy = view_.control->lossy.load(std::memory_order_seq_cst);
    const std::uint64_t later = suspect_ < kMaxParticipants ? lossy & (~std::uint64_t{0} << suspect_) : 0;
    for_each_participant(later != 0 ? later & -later : lossy & -lossy,
                         [&](std::uint8_t id) { suspect_ = id; });
    const std::uint64_t turn = view_.heal_after_ns == 0 ? kForever : 2 * view_.heal_after_ns;
    const Status status = waiting_.poll(
        std::min(turn, deadline.remaining_ns()), [&] { return !is_whole_ring_pinned(); }, suspect_);
    return {status == Status::TIMEOUT && !deadline.has_passed() ? Status::OK : status};
  }

  /// Only a ring with no more slots than there can be readers can be.
  bool is_whole_ring_pinned() const {
    std::uint64_t pinned = 0;
    for_each_participant(view_.control->lossy.load(std::memory_order_seq_cst), [&](std::uint8_t id) {
      const std::uint64_t slot = view_.participant(id).pin.load(std::memory_order_seq_cst);
      pinned |= slot < kMaxParticipants ? std::uint64_t{1} << slot : 0;
    });
    return static_cast<std::uint64_t>(__builtin_popcountll(pinned)) == view_.slot_count;
  }

  void remember_skip(std::uint8_t pinner) {
    skipped_pin_[pinner - 1] = next_.slot();
    has_skipped_ = true;
  }

  /// The slot is free of pins again: whoever pins it next gets the full patience.
  void forget_skips() {
    if (has_skipped_) {
      std::replace(skipped_pin_.begin(), skipped_pin_.end(), next_.slot(), kNoPin);
    }
  }

  /// A lossy consumer appeared after our WRITING. WRITING never goes back to DRAINING: another producer may
  /// have helped `claim` past it already. So stay in WRITING, without touching a byte, until nobody has the
  /// slot pinned.
  [[gnu::noinline]] Step wait_in_writing(Deadline<Env>& deadline, RingPosition& claimed) {
    has_met_joiner_ = false;
    Env::fence();
    std::uint8_t pinner = who_pins(next_.slot());
    while (pinner != kNobody) {
      const std::uint64_t patience =
          view_.slot_count > 1 ? std::min(kPinPatienceNs, deadline.remaining_ns()) : deadline.remaining_ns();
      const Status status = waiting_.poll(
          patience,
          [&] {
            pinner = who_pins(next_.slot());
            return pinner == kNobody;
          },
          pinner);
      if (status != Status::OK) {
        advance_claim(next_.seq());
        const Status settled = abort(next_);
        if (settled != Status::OK) {
          return {settled};
        }
        return {status == Status::TIMEOUT && view_.slot_count > 1 && !deadline.has_passed() ? Status::OK
                                                                                            : status};
      }
      pinner = who_pins(next_.slot());
    }
    take(claimed);
    return Step::done();
  }

  /// A lossy consumer whose pin is on `slot`, or kNobody. The caller has fenced after its own transition.
  std::uint8_t who_pins(std::uint64_t slot) const {
    std::uint8_t found = kNobody;
    for_each_participant(view_.control->lossy.load(std::memory_order_seq_cst), [&](std::uint8_t id) {
      if (view_.participant(id).pin.load(std::memory_order_seq_cst) == slot) {
        found = id;
      }
    });
    return found;
  }

  // ------------------------------------------------------------------------------------------ the end of a
  // claim

  Status settle(const RingPosition& at, SlotWord to) {
    auto& slot = view_.states[at.slot()];
    const SlotWord mine = SlotWord::make(at.lap(), self_, Phase::writing);
    if (!transition(slot, mine, to)) {
      leave_quarantine(slot, at);
      return Status::FENCED;
    }
    wake(at);
    return Status::OK;
  }

  /// We are done with the bytes of a slot that was taken from us: it may be used again. Other producers may
  /// have carried the quarantine on to later laps meanwhile.
  void leave_quarantine(Slot& slot, const RingPosition& at) {
    SlotWord word{slot.state.load(std::memory_order_acquire)};
    while (word.phase() == Phase::quarantined && word.owner() == self_) {
      // Release: our last writes to the payload come before whoever claims the slot next.
      if (slot.state.compare_exchange_strong(word.raw, SlotWord::free(word.lap()).raw,
                                             std::memory_order_seq_cst, std::memory_order_acquire)) {
        wake(at);
        return;
      }
    }
  }

  static void count(typename Env::template Atomic<std::uint64_t>& counter, std::uint64_t by = 1) {
    counter.fetch_add(by, std::memory_order_relaxed);
  }

  const BlockView<Env> view_;  ///< a copy: one look-up less on the way of every message
  std::uint8_t self_;
  Waiting<Env> waiting_;
  RingPosition next_;
  std::uint64_t limit_ = 0;
  std::uint8_t slowest_ = kNobody;
  bool has_met_joiner_ = false;  ///< acquire_at_once() stopped in WRITING: a lossy consumer came
  bool has_skipped_ = false;
  std::uint8_t suspect_ = kNobody;  ///< reader that was asked after last, while all slots were pinned
  /// Slot behind whose pin we have lost patience once, by participant: a stopped reader costs its slot, not 1
  /// ms a lap.
  std::array<std::uint64_t, kMaxParticipants> skipped_pin_;
};

}  // namespace datablock
