// Cleaning up after a dead participant. Whoever does it holds the dead one's lock byte, through a descriptor
// of its own: so two cleaners never act for the same participant, and one that dies half-way is simply
// followed by another. Every step is a CAS on the word that was read, and doing it twice is doing it once.
#pragma once

#include <cstdint>

#include "core/block_view.hpp"
#include "core/eventcount.hpp"
#include "core/membership.hpp"
#include "core/recorder.hpp"
#include "core/spinlock.hpp"

namespace datablock {

/// What becomes of a slot whose owner is gone, and what that loses.
struct SlotResolution {
  RecorderAction action = RecorderAction::none;
  SlotWord after;
  unsigned loses = 0;  ///< messages: one that its writer never finished
};

/// The one rule, used by cleaning up, by plans and by the diagnosis.
constexpr SlotResolution resolve_orphan(SlotWord word) {
  switch (word.phase()) {
    case Phase::writing:
      return {RecorderAction::reset_slot, SlotWord::free(word.lap()), 1};
    case Phase::draining:
    case Phase::draining_empty:
      return {RecorderAction::give_back_slot, word.before_drain(), 0};
    case Phase::quarantined:
      return {RecorderAction::release_quarantine, SlotWord::free(word.lap()), 0};
    case Phase::free:
    case Phase::committed:
      break;
  }
  return {};
}

template <class Env>
class CleanUp {
 public:
  /// `self`: the process that cleans, for the entry and the flight recorder.
  CleanUp(const BlockView<Env>& view, const ProcessIdentity& self, std::uint8_t dead,
          RecorderEvidence evidence)
      : view_(view), self_(self), dead_(dead), evidence_(evidence) {}

  /// Everything, in the order in which a crash in between does the least harm: slots, locks, hold, pin,
  /// entry.
  void run() {
    announce();
    for (std::uint64_t slot = 0; slot < view_.slot_count; ++slot) {
      resolve_slot(slot);
    }
    for_each_spinlock_of(view_, dead_,
                         [this](unsigned index, SpinlockWord word) { release_spinlock(index, word); });
    const auto& entry = view_.participant(dead_);
    release_hold(entry.hold.load(std::memory_order_seq_cst));
    release_pin(entry.pin.load(std::memory_order_seq_cst));
    free(EntryWord{entry.word.load(std::memory_order_acquire)});
    retract();
  }

  /// Writes into the entry who is cleaning up: others then say so instead of wondering.
  void announce() {
    auto& cleaner = view_.participant(dead_).cleaner;
    cleaner.since_ns.store(Env::realtime_ns(), std::memory_order_relaxed);
    cleaner.uid.store(self_.uid, std::memory_order_relaxed);
    cleaner.start_time.store(self_.start_time, std::memory_order_relaxed);
    cleaner.pid_namespace.store(self_.pid_namespace, std::memory_order_relaxed);
    cleaner.pid.store(self_.pid, std::memory_order_release);
  }

  void retract() { view_.participant(dead_).cleaner.pid.store(0, std::memory_order_release); }

  /// One slot, if it is the dead one's. Until it no longer is: producers may carry its quarantine on to the
  /// next lap while we look, and nobody would ask after it again once its entry is free.
  void resolve_slot(std::uint64_t slot) {
    for (;;) {
      const SlotWord word{view_.states[slot].state.load(std::memory_order_acquire)};
      if (word.owner() != dead_ || resolve_orphan(word).action == RecorderAction::none ||
          resolve(slot, word)) {
        return;
      }
    }
  }

  /// One slot of the dead one, whose word was seen as `word`. False: it has changed since.
  bool resolve(std::uint64_t slot, SlotWord word) {
    const SlotResolution resolution = resolve_orphan(word);
    if (resolution.action == RecorderAction::none || word.owner() != dead_) {
      return false;
    }
    auto& state = view_.states[slot].state;
    std::uint64_t expected = word.raw;
    if (state.load(std::memory_order_relaxed) == expected) {
      // Whoever dies with a slot in hand has not ended its stream, even if it had already said so: the mark
      // was never published. Before the CAS, after which nothing would tell the next cleaner of it.
      view_.participant(dead_).ended.store(0, std::memory_order_relaxed);
    }
    if (!state.compare_exchange_strong(expected, resolution.after.raw, std::memory_order_seq_cst)) {
      return false;
    }
    const std::uint64_t seq = seq_of(word.lap(), slot, view_.slot_count);
    if (word.phase() == Phase::writing) {
      // The owner may have died between taking the slot and moving claim past it.
      std::uint64_t claim = seq;
      view_.control->claim.compare_exchange_strong(claim, seq + 1, std::memory_order_seq_cst);
      view_.metrics->tombstones.fetch_add(1, std::memory_order_relaxed);
    }
    Env::fence_after_rmw();
    wake_sleepers<Env>(view_.waiters[slot]);
    note(resolution.action, slot, seq, word.raw, resolution.after.raw);
    return true;
  }

  /// A lock that the dead one held, marked for the next owner. False when its word is not `seen` any more.
  bool release_spinlock(unsigned index, SpinlockWord seen) {
    if (seen.owner() != dead_ || !abandon_spinlock(view_, index, seen)) {
      return false;
    }
    note(RecorderAction::release_spinlock, index, RecorderFacts::kNoSeq, seen.raw, seen.abandoned().raw);
    return true;
  }

  /// False when the hold is not `seen` any more. Nothing to do for kNoHold.
  bool release_hold(std::uint64_t seen) {
    auto& entry = view_.participant(dead_);
    std::uint64_t expected = seen;
    if (!entry.hold.compare_exchange_strong(expected, kNoHold, std::memory_order_seq_cst)) {
      return false;
    }
    Env::fence_after_rmw();
    wake_sleepers<Env>(entry.hold_waiters);
    if (seen != kNoHold) {
      note(RecorderAction::release_hold, RecorderFacts::kNoSlot, RecorderFacts::kNoSeq, seen, kNoHold);
    }
    return true;
  }

  bool release_pin(std::uint64_t seen) {
    std::uint64_t expected = seen;
    if (!view_.participant(dead_).pin.compare_exchange_strong(expected, kNoPin, std::memory_order_seq_cst)) {
      return false;
    }
    if (seen != kNoPin) {
      note(RecorderAction::release_pin, static_cast<std::uint32_t>(seen), RecorderFacts::kNoSeq, seen,
           kNoPin);
    }
    return true;
  }

  /// The entry itself, last. False when it is not what was seen, or still has traces that must go first.
  bool free(EntryWord seen) {
    auto& entry = view_.participant(dead_);
    if (entry.word.load(std::memory_order_acquire) != seen.raw) {
      return false;
    }
    leave_lossy(view_, dead_);
    leave_sync(view_, dead_);
    if (seen.state() == EntryState::free) {
      return true;
    }
    if (seen.state() == EntryState::active &&
        entry.role.load(std::memory_order_relaxed) == static_cast<std::uint8_t>(Role::producer) &&
        entry.standby.load(std::memory_order_relaxed) == 0 &&
        entry.ended.load(std::memory_order_relaxed) == 0) {
      // Counted before the entry is freed: a cleaner that dies in between makes the next one count it again.
      // The other way round it would not be counted at all, and silence would pass for an end.
      view_.control->lost_producers.fetch_add(1, std::memory_order_relaxed);
    }
    free_entry(view_, dead_);
    note(RecorderAction::free_participant, RecorderFacts::kNoSlot, RecorderFacts::kNoSeq, seen.raw,
         entry.word.load(std::memory_order_relaxed));
    return true;
  }

 private:
  void note(RecorderAction action, std::uint64_t slot, std::uint64_t seq, std::uint64_t before,
            std::uint64_t after) {
    record(view_, {.at_ns = Env::realtime_ns(),
                   .pid = self_.pid,
                   .uid = self_.uid,
                   .action = action,
                   .evidence = evidence_,
                   .participant = dead_,
                   .slot = static_cast<std::uint32_t>(slot),
                   .seq = seq,
                   .before = before,
                   .after = after});
  }

  const BlockView<Env>& view_;
  const ProcessIdentity& self_;
  std::uint8_t dead_;
  RecorderEvidence evidence_;
};

/// Does entry `id` carry anything that must be cleaned up before somebody else may use it?
template <class Env>
bool has_traces(const BlockView<Env>& view, std::uint8_t id) {
  const auto& entry = view.participant(id);
  const std::uint64_t bits = view.control->sync.load(std::memory_order_seq_cst) |
                             view.control->lossy.load(std::memory_order_seq_cst);
  return EntryWord{entry.word.load(std::memory_order_acquire)}.state() != EntryState::free ||
         entry.hold.load(std::memory_order_seq_cst) != kNoHold ||
         entry.pin.load(std::memory_order_seq_cst) != kNoPin || (bits & participant_bit(id)) != 0 ||
         holds_spinlock(view, id);
}

}  // namespace datablock
