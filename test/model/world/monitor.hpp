// Watches every store to a slot word and to `claim` as it is made: a step that no correct participant makes
// ends the run there and then, with a short trace. And keeps the journal of what became of each message.
#pragma once

#include "world/block.hpp"
#include "world/journal.hpp"

namespace datablock::model {

/// To be given to Machine::set_monitor().
inline void watch_store(Location location, std::uint64_t before, std::uint64_t after);

// ----------------------------------------------------------------------------------------------
// implementation

namespace monitor {

inline bool may_act_for(std::uint8_t owner) {
  return machine().holds_lock(machine().current(), owner);
}

/// Why no correct participant makes this transition, or null.
inline const char* objection(SlotWord before, SlotWord after) {
  const std::uint64_t lap = before.lap();
  const bool forced = journal().forcing == machine().current();
  switch (before.phase()) {
    case Phase::free:
    case Phase::committed: {
      const Phase drain = before.phase() == Phase::committed ? Phase::draining : Phase::draining_empty;
      const bool claims =
          after.lap() == lap + 1 && (after.phase() == Phase::writing || after.phase() == drain);
      return claims && may_act_for(after.owner()) ? nullptr
                                                  : "a settled word may only be claimed, for the next lap";
    }
    case Phase::draining:
    case Phase::draining_empty:
      if (after == SlotWord::make(lap, after.owner(), before.phase())) {
        return may_act_for(after.owner()) ? nullptr : "taken over for somebody else";
      }
      if (after == before.before_drain()) {
        return forced || may_act_for(before.owner()) ? nullptr : "somebody else's drain given back";
      }
      return may_act_for(before.owner()) && (after == SlotWord::make(lap, before.owner(), Phase::writing) ||
                                             after == SlotWord::free(lap))
                 ? nullptr
                 : "a drain becomes WRITING or FREE by its owner, or is given back or taken over";
    case Phase::writing:
      if (after == SlotWord::make(lap, before.owner(), Phase::quarantined)) {
        return forced ? nullptr : "quarantined without force";
      }
      return may_act_for(before.owner()) &&
                     (after == SlotWord::committed(lap) || after == SlotWord::free(lap))
                 ? nullptr
                 : "WRITING becomes COMMITTED or FREE, by its owner";
    case Phase::quarantined:
      if (after == SlotWord::make(lap + 1, before.owner(), Phase::quarantined)) {
        return nullptr;
      }
      return may_act_for(before.owner()) && after == SlotWord::free(lap)
                 ? nullptr
                 : "QUARANTINED becomes FREE, by its owner";
  }
  return "no such phase";
}

inline void check_lap(unsigned slot, SlotWord after) {
  const std::uint64_t claim = block().claim();
  const std::uint64_t slots = block().view().slot_count;
  const std::uint64_t next =
      claim + (slot + slots - claim % slots) % slots;  // next number that this slot takes
  const std::uint64_t lap = next / slots + 1;
  if (after.lap() + 1 != lap && !(after.lap() == lap && next == claim)) {
    machine().object("state[%u] := %s, but claim is %llu", slot, show_slot_word(after.raw).c_str(),
                     static_cast<unsigned long long>(claim));
  }
}

/// No number may be taken while a sync consumer that is in still holds what would be overwritten.
inline void check_holds(unsigned slot, SlotWord after) {
  const std::uint64_t slots = block().view().slot_count;
  const std::uint64_t seq = seq_of(after.lap(), slot, slots);
  for (unsigned i = 1; i <= block().view().max_participants; ++i) {
    const auto id = static_cast<std::uint8_t>(i);
    if (block().entry_state(id) == EntryState::active && block().hold(id) != kNoHold &&
        block().hold(id) + slots <= seq) {
      machine().object("message %llu is claimed, and consumer %u still holds %llu",
                       static_cast<unsigned long long>(seq), i,
                       static_cast<unsigned long long>(block().hold(id)));
    }
  }
}

inline void record_fate(unsigned slot, SlotWord before, SlotWord after) {
  if (after.lap() == 0 || after.lap() < before.lap()) {
    return;  // a drain that is given back
  }
  const std::uint64_t seq = seq_of(after.lap(), slot, block().view().slot_count);
  if (seq >= Journal::kMostMessages) {
    machine().fail("Journal::kMostMessages is too small");
    return;
  }
  Fate& fate = journal().fates[seq];
  if (after.phase() == Phase::committed) {
    const Intent& intent = journal().intents[machine().current()];
    if (fate.kind != FateKind::open || intent.seq != seq) {
      machine().fail("message %llu is committed %s", static_cast<unsigned long long>(seq),
                     intent.seq != seq ? "by somebody who has not written it" : "after it was settled");
    }
    fate = {FateKind::committed, intent.value, intent.is_mark};
  } else if (after.phase() == Phase::free || after.phase() == Phase::quarantined) {
    if (fate.kind == FateKind::committed) {
      machine().fail("message %llu was committed and becomes a tombstone",
                     static_cast<unsigned long long>(seq));
    }
    fate.kind = FateKind::tombstone;
  }
}

inline void watch_slot(unsigned slot, SlotWord before, SlotWord after) {
  if (const char* reason = objection(before, after)) {
    machine().object("state[%u]: %s -> %s: %s", slot, show_slot_word(before.raw).c_str(),
                     show_slot_word(after.raw).c_str(), reason);
  }
  check_lap(slot, after);
  if (after.lap() == before.lap() + 1) {
    check_holds(slot, after);
  }
  record_fate(slot, before, after);
}

inline void watch_claim(std::uint64_t before, std::uint64_t after) {
  if (after != before && after != before + 1) {
    machine().object("claim goes from %llu to %llu", static_cast<unsigned long long>(before),
                     static_cast<unsigned long long>(after));
  }
  if (after == before + 1) {
    const RingPosition at(before, block().view().slot_count);
    const SlotWord word = block().word(at.slot());
    if (word.lap() < at.lap() || (word.lap() == at.lap() && word.is_draining())) {
      machine().object("claim passes %llu, whose slot is %s", static_cast<unsigned long long>(before),
                       show_slot_word(word.raw).c_str());
    }
  }
}

/// Why no correct participant makes this transition of the lock, or null.
inline const char* lock_objection(SpinlockWord before, SpinlockWord after) {
  const auto me = static_cast<std::uint64_t>(machine().current()) + 1;
  const auto acts_for = [](std::uint8_t id) { return journal().shares_seat || may_act_for(id); };
  if (before.is_free()) {
    return after == before.taken_by(after.owner(), {me}) && acts_for(after.owner())
               ? nullptr
               : "a free lock is taken, by a thread for itself";
  }
  if (!acts_for(before.owner())) {
    return "somebody else's lock is touched";
  }
  if (after == before.abandoned()) {
    return nullptr;  // by its cleaner, or by one who leaves
  }
  const bool is_mine = before.thread().raw == me;
  return is_mine && (after == before.unlocked() || after == before.consistent())
             ? nullptr
             : "a lock is unlocked by its thread, or abandoned with the mark";
}

inline void watch_spinlock(SpinlockWord before, SpinlockWord after) {
  if (const char* reason = lock_objection(before, after)) {
    machine().fail("spinlock: %s -> %s: %s", show_spinlock_word(before.raw).c_str(),
                   show_spinlock_word(after.raw).c_str(), reason);
  }
}

}  // namespace monitor

inline void watch_store(Location location, std::uint64_t before, std::uint64_t after) {
  if (block().is_claim(location)) {
    monitor::watch_claim(before, after);
  } else if (block().is_spinlock(location)) {
    monitor::watch_spinlock(SpinlockWord{before}, SpinlockWord{after});
  } else if (const unsigned slot = block().slot_of(location); slot != kMostSlots) {
    monitor::watch_slot(slot, SlotWord{before}, SlotWord{after});
  }
}

}  // namespace datablock::model
