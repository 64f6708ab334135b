#include "core/recovery.hpp"

#include <fcntl.h>

#include <array>

#include "core/attachment.hpp"
#include "core/diagnosis.hpp"
#include "core/eviction.hpp"
#include "core/quarantine.hpp"
#include "platform/linux/fork_guard.hpp"
#include "platform/linux/kill_process.hpp"

namespace datablock {
namespace {

/// Sitting down takes microseconds.
constexpr std::int64_t kSeatPatienceMs = 100;

std::uint64_t generation_of(const View& view, std::uint8_t id) {
  return EntryWord{view.participant(id).word.load(std::memory_order_acquire)}.generation();
}

/// Something that becomes of a slot once its owner is gone. Not of a word that no program of ours has
/// written: whatever it says of an owner means nothing.
bool is_orphan(const View& view, SlotWord word) {
  return word.is_possible(view.max_participants) && resolve_orphan(word).action != RecorderAction::none;
}

// What a plan says about each thing that the dead leave behind. A plan that says anything else is nobody's.

PlannedAction slot_action(const View& view, std::uint32_t slot, SlotWord word, std::uint64_t generation) {
  const SlotResolution resolution = resolve_orphan(word);
  return {.kind = resolution.action,
          .participant = word.owner(),
          .generation = generation,
          .slot = slot,
          .seq = seq_of(word.lap(), slot, view.slot_count),
          .before = word.raw,
          .after = resolution.after.raw,
          .loses = resolution.loses};
}

PlannedAction hold_action(std::uint8_t id, std::uint64_t hold, std::uint64_t generation) {
  return {.kind = RecorderAction::release_hold,
          .participant = id,
          .generation = generation,
          .seq = hold,
          .before = hold,
          .after = kNoHold};
}

PlannedAction pin_action(std::uint8_t id, std::uint64_t pin, std::uint64_t generation) {
  return {.kind = RecorderAction::release_pin,
          .participant = id,
          .generation = generation,
          .slot = static_cast<std::uint32_t>(pin),
          .before = pin,
          .after = kNoPin};
}

PlannedAction lock_action(std::uint8_t id, unsigned index, SpinlockWord held, std::uint64_t generation) {
  return {.kind = RecorderAction::release_spinlock,
          .participant = id,
          .generation = generation,
          .slot = index,
          .before = held.raw,
          .after = held.abandoned().raw};
}

PlannedAction entry_action(std::uint8_t id, EntryWord word) {
  return {.kind = RecorderAction::free_participant,
          .participant = id,
          .generation = word.generation(),
          .before = word.raw,
          .after = EntryWord::make(EntryState::free, word.generation()).raw};
}

/// The action that a plan makes of what `asked` says was there.
PlannedAction as_planned(const View& view, const PlannedAction& asked) {
  switch (asked.kind) {
    case RecorderAction::reset_slot:
    case RecorderAction::give_back_slot:
    case RecorderAction::release_quarantine:
      return slot_action(view, asked.slot, SlotWord{asked.before}, asked.generation);
    case RecorderAction::release_hold:
      return hold_action(asked.participant, asked.before, asked.generation);
    case RecorderAction::release_pin:
      return pin_action(asked.participant, asked.before, asked.generation);
    case RecorderAction::release_spinlock:
      return lock_action(SpinlockWord{asked.before}.owner(), asked.slot, SpinlockWord{asked.before},
                         asked.generation);
    case RecorderAction::free_participant:
      return entry_action(asked.participant, EntryWord{asked.before});
    case RecorderAction::quarantine_slot:
    case RecorderAction::evict_consumer:
    case RecorderAction::kill_participant:
    case RecorderAction::kill_cleaner:
    case RecorderAction::skip_slot:
    case RecorderAction::none:
      break;  // not about the dead: never part of a plan
  }
  return {};
}

bool is_role(const View& view, std::uint8_t id, Role role) {
  return view.participant(id).role.load(std::memory_order_relaxed) == static_cast<std::uint8_t>(role);
}

bool is_in_scope(const View& view, std::uint8_t id, RecoveryScope scope, bool holds_nothing) {
  switch (scope) {
    case RecoveryScope::all:
      return true;
    case RecoveryScope::consumers:
      return is_role(view, id, Role::consumer);
    case RecoveryScope::producers:
      return is_role(view, id, Role::producer);
    case RecoveryScope::entries:
      return holds_nothing;
  }
  return false;
}

/// Who is dead, and stays so while we look.
class Absentees {
 public:
  Absentees(const SegmentFile& file, const View& view) : file_(file), view_(view) {
    for (unsigned i = 1; i <= view.max_participants; ++i) {
      const auto id = static_cast<std::uint8_t>(i);
      generations_[id] = generation_of(view, id);
      absent_[id] = is_absent(id);
    }
  }

  bool has(std::uint8_t id) const { return absent_[id]; }
  std::uint64_t generation(std::uint8_t id) const { return generations_[id]; }
  /// Nobody has sat down in that entry since: what was found there meanwhile is the dead one's.
  bool still_has(std::uint8_t id) const {
    return is_absent(id) && generation_of(view_, id) == generations_[id];
  }

 private:
  bool is_absent(std::uint8_t id) const { return is_lock_held(file_, id) == false; }

  const SegmentFile& file_;
  const View& view_;
  std::array<std::uint64_t, kMaxParticipants + 1> generations_{};
  std::array<bool, kMaxParticipants + 1> absent_{};
};

}  // namespace

std::vector<PlannedAction> plan_recovery(const SegmentFile& file, const View& view, RecoveryScope scope) {
  const Absentees absentees(file, view);
  std::array<std::vector<PlannedAction>, kMaxParticipants + 1> by_owner;
  for (std::uint64_t slot = 0; slot < view.slot_count; ++slot) {
    const SlotWord word{view.states[slot].state.load(std::memory_order_seq_cst)};
    if (!is_orphan(view, word) || !absentees.has(word.owner())) {
      continue;
    }
    by_owner[word.owner()].push_back(
        slot_action(view, static_cast<std::uint32_t>(slot), word, absentees.generation(word.owner())));
  }

  std::vector<PlannedAction> plan;
  for (unsigned i = 1; i <= view.max_participants; ++i) {
    const auto id = static_cast<std::uint8_t>(i);
    auto& slots = by_owner[id];
    if (!absentees.has(id) || (slots.empty() && !has_traces(view, id))) {
      continue;
    }
    const auto& entry = view.participant(id);
    const std::uint64_t hold = entry.hold.load(std::memory_order_seq_cst);
    const std::uint64_t pin = entry.pin.load(std::memory_order_seq_cst);
    const EntryWord word{entry.word.load(std::memory_order_acquire)};
    if (!absentees.still_has(id) ||
        !is_in_scope(view, id, scope,
                     slots.empty() && hold == kNoHold && pin == kNoPin && !holds_spinlock(view, id))) {
      continue;
    }
    plan.insert(plan.end(), slots.begin(), slots.end());
    for_each_spinlock_of(view, id, [&](unsigned index, SpinlockWord held) {
      plan.push_back(lock_action(id, index, held, word.generation()));
    });
    if (hold != kNoHold) {
      plan.push_back(hold_action(id, hold, word.generation()));
    }
    if (pin != kNoPin) {
      plan.push_back(pin_action(id, pin, word.generation()));
    }
    plan.push_back(entry_action(id, word));
  }
  return plan;
}

Recovery::Recovery(const std::string& name, const std::string& dir)
    : file_(open_segment(name, dir, true)), map_(file_, Access::recovery, false), self_(self_identity()) {}

Status Recovery::apply(const PlannedAction& action) {
  if (action.participant == kNobody || action.participant > view().max_participants || !has_target(action)) {
    return Status::CHANGED;  // a plan for another block
  }
  const ForkGuard guard;  // a child would keep the dead one's byte
  const DeadParticipantLock lock(file_, action.participant);
  if (!lock.is_held()) {
    return why_not_ours(action.participant);
  }
  const EntryWord word{view().participant(action.participant).word.load(std::memory_order_acquire)};
  if (word.generation() != action.generation) {
    return Status::CHANGED;
  }
  if (as_planned(view(), action) != action || !still_stands(action)) {
    return Status::CHANGED;  // no plan says so, of any block; or none does any more
  }
  // Not earlier: what is refused writes nothing.
  CleanUp<NativeEnv> clean_up(view(), self_, action.participant, RecorderEvidence::lock_byte_taken);
  clean_up.announce();
  bool done = false;
  if (action.kind == RecorderAction::release_hold) {
    done = clean_up.release_hold(action.before);
  } else if (action.kind == RecorderAction::release_pin) {
    done = clean_up.release_pin(action.before);
  } else if (action.kind == RecorderAction::release_spinlock) {
    done = clean_up.release_spinlock(action.slot, SpinlockWord{action.before});
  } else if (action.kind == RecorderAction::free_participant) {
    done = clean_up.free(word);
  } else {
    done = clean_up.resolve(action.slot, SlotWord{action.before});
  }
  clean_up.retract();
  return done ? Status::OK : Status::CHANGED;
}

/// What the action was planned on is still there, and what has to go before it is gone.
bool Recovery::still_stands(const PlannedAction& action) const {
  const auto& entry = view().participant(action.participant);
  const std::uint64_t hold = entry.hold.load(std::memory_order_seq_cst);
  const std::uint64_t pin = entry.pin.load(std::memory_order_seq_cst);
  switch (action.kind) {
    case RecorderAction::release_hold:
      return hold == action.before;
    case RecorderAction::release_pin:
      return pin == action.before;
    case RecorderAction::free_participant:
      return entry.word.load(std::memory_order_acquire) == action.before && hold == kNoHold &&
             pin == kNoPin && !owns_slots(action.participant) && !holds_spinlock(view(), action.participant);
    case RecorderAction::release_spinlock:
      return view().spinlocks[action.slot].word.load(std::memory_order_seq_cst) == action.before;
    default:
      return action.slot != RecorderFacts::kNoSlot &&
             view().states[action.slot].state.load(std::memory_order_seq_cst) == action.before;
  }
}

std::vector<TakenAction> Recovery::recover(RecoveryScope scope) {
  std::vector<TakenAction> taken;
  for (const PlannedAction& action : plan(scope)) {
    taken.push_back({action, Status::OK});
    taken.back().status = apply(action);
  }
  return taken;
}

ForcedReset Recovery::force_reset_slot(std::uint64_t slot, bool force) {
  require_slot(slot);
  const SlotWord word{view().states[slot].state.load(std::memory_order_seq_cst)};
  ForcedReset reset{.before = word, .after = word};
  if (!word.is_possible(view().max_participants)) {
    reset.status = Status::CORRUPT;
    return reset;
  }
  if (word.is_settled()) {
    reset.status = Status::NOTHING_TO_DO;
    return reset;
  }
  {
    const ForkGuard guard;
    const DeadParticipantLock lock(file_, word.owner());
    if (lock.is_held()) {
      CleanUp<NativeEnv> clean_up(view(), self_, word.owner(), RecorderEvidence::lock_byte_taken);
      clean_up.announce();
      reset.after = resolve_orphan(word).after;
      reset.status = clean_up.resolve(slot, word) ? Status::OK : Status::CHANGED;
      clean_up.retract();
      return reset;
    }
  }
  reset.status = why_not_ours(word.owner());
  if (!force || reset.status != Status::OWNER_ALIVE) {
    return reset;
  }
  if (view().producer_mode == ProducerMode::single) {
    reset.status = Status::SINGLE_PRODUCER_ALIVE;
  } else if (word.phase() == Phase::quarantined) {
    reset.status = Status::NOTHING_TO_DO;
  } else {
    reset.status = quarantine(view(), self_, slot, word, reset.after) ? Status::OK : Status::CHANGED;
  }
  return reset;
}

std::vector<ForcedReset> Recovery::force_reset_all_slots(bool force) {
  std::vector<ForcedReset> resets;
  for (std::uint64_t slot = 0; slot < view().slot_count; ++slot) {
    if (!SlotWord{view().states[slot].state.load(std::memory_order_seq_cst)}.is_settled()) {
      resets.push_back(force_reset_slot(slot, force));
    }
  }
  return resets;
}

Status Recovery::skip_stuck_slot(std::uint64_t slot) {
  require_slot(slot);
  const std::uint64_t before = view().control->claim.load(std::memory_order_seq_cst);
  const SlotWord word{view().states[slot].state.load(std::memory_order_seq_cst)};
  const std::uint64_t after = view().control->claim.load(std::memory_order_seq_cst);
  if (is_plausible(view(), slot, word, before, after)) {
    return force_reset_slot(slot, false).status;
  }
  const ForkGuard guard;  // a child would keep the role
  // While we hold the role nobody can become the one producer of a `single` block.
  const FileDescriptor role = reopen(file_.fd.get(), file_.path.c_str(), O_RDWR);
  if (view().producer_mode == ProducerMode::single && !try_lock(role.get(), kLockBase, 1)) {
    return Status::SINGLE_PRODUCER_ALIVE;
  }
  // Somebody may have had the slot in hand when its word was scribbled on, and may still write into it.
  return has_live_producer() ? Status::OWNER_ALIVE : replace_impossible_word(slot, word);
}

Status Recovery::evict_consumer(std::uint8_t id, std::uint64_t generation, std::uint64_t seen_hold) {
  require_participant(id);
  const auto& entry = view().participant(id);
  // A successor may hold the very same message, so the CAS of the hold alone would not tell them apart.
  const SeatLock seat(file_, id, kSeatPatienceMs);
  if (!seat.is_held()) {
    return Status::TIMEOUT;
  }
  const EntryWord word{entry.word.load(std::memory_order_acquire)};
  if (word.generation() != generation || word.state() == EntryState::free) {
    return Status::CHANGED;
  }
  if (entry.role.load(std::memory_order_relaxed) != static_cast<std::uint8_t>(Role::consumer) ||
      entry.mode.load(std::memory_order_relaxed) != static_cast<std::uint8_t>(ConsumerMode::sync)) {
    return Status::NOT_A_SYNC_CONSUMER;
  }
  return evict(view(), self_, id, seen_hold) ? Status::OK : Status::CHANGED;
}

Status Recovery::kill_participant(std::uint8_t id, std::uint64_t generation, std::int64_t timeout_ms) {
  require_participant(id);
  const auto& entry = view().participant(id);
  const auto holds_byte = [&] { return probe_lock(file_.fd.get(), kLockBase + id) != LockState::free; };
  const auto word = [&] { return EntryWord{entry.word.load(std::memory_order_acquire)}; };
  {
    const SeatLock seat(file_, id, kSeatPatienceMs);
    if (!seat.is_held()) {
      return Status::TIMEOUT;
    }
    const ProcessIdentity victim = load_identity(entry);
    if (word().generation() != generation) {
      return Status::CHANGED;
    }
    if (word().state() == EntryState::free || victim.pid == 0 || !holds_byte()) {
      return Status::NOTHING_TO_DO;
    }
    if (load_identity(entry.cleaner).pid != 0) {
      return Status::BEING_CLEANED;  // the byte is the cleaner's, the participant is dead
    }
    if (const Status status = end_process(victim, RecorderAction::kill_participant, id);
        status != Status::OK) {
      return status;
    }
  }
  // Or somebody who waited for it has the byte: to clean up, or to sit down.
  Deadline<NativeEnv> deadline(timeout_ms);
  while (holds_byte() && word().generation() == generation && load_identity(entry.cleaner).pid == 0) {
    if (deadline.has_passed()) {
      return Status::TIMEOUT;
    }
    NativeEnv::nap(kNsPerMs);
  }
  return Status::OK;
}

Status Recovery::kill_cleaner(std::uint8_t id, const ProcessIdentity& seen, std::int64_t timeout_ms) {
  require_participant(id);
  const auto cleans_up = [&] {
    const ProcessIdentity now = load_identity(view().participant(id).cleaner);
    return now.pid == seen.pid && now.start_time == seen.start_time &&
           now.pid_namespace == seen.pid_namespace;
  };
  const auto holds_byte = [&] { return probe_lock(file_.fd.get(), kLockBase + id) != LockState::free; };
  if (seen.pid == 0 || load_identity(view().participant(id).cleaner).pid == 0 || !holds_byte()) {
    return Status::NOTHING_TO_DO;
  }
  if (!cleans_up()) {
    return Status::CHANGED;
  }
  if (const Status status = end_process(seen, RecorderAction::kill_cleaner, id); status != Status::OK) {
    return status;
  }
  Deadline<NativeEnv> deadline(timeout_ms);
  while (holds_byte() && cleans_up()) {
    if (deadline.has_passed()) {
      return Status::TIMEOUT;
    }
    NativeEnv::nap(kNsPerMs);
  }
  return Status::OK;
}

Status Recovery::end_process(const ProcessIdentity& victim, RecorderAction action, std::uint8_t id) {
  if (const Status status = kill_process(victim); status != Status::OK) {
    // The process is gone and yet its byte is held: by whom cannot be told.
    return status == Status::NOTHING_TO_DO ? Status::VERDICT_UNKNOWN : status;
  }
  record(view(), {.at_ns = NativeEnv::realtime_ns(),
                  .pid = self_.pid,
                  .uid = self_.uid,
                  .action = action,
                  .evidence = RecorderEvidence::forced_by_operator,
                  .participant = id,
                  .before = victim.pid});
  return Status::OK;
}

void Recovery::require_slot(std::uint64_t slot) const {
  if (slot >= view().slot_count) {
    throw Error(Status::CONFIG_INVALID,
                "The slots of this block are 0 to " + std::to_string(view().slot_count - 1) + ".");
  }
}

/// No producer gets past an impossible word, so `claim` cannot pass the slot while we look.
Status Recovery::replace_impossible_word(std::uint64_t slot, SlotWord seen) {
  const std::uint64_t lap =
      claimed_lap(slot, view().control->claim.load(std::memory_order_seq_cst), view().slot_count);
  const SlotWord free = SlotWord::free(lap);
  std::uint64_t expected = seen.raw;
  if (!view().states[slot].state.compare_exchange_strong(expected, free.raw, std::memory_order_seq_cst)) {
    return Status::CHANGED;
  }
  if (lap > 0) {
    view().metrics->tombstones.fetch_add(1, std::memory_order_relaxed);
  }
  NativeEnv::fence_after_rmw();
  wake_sleepers<NativeEnv>(view().waiters[slot]);
  record(view(), {.at_ns = NativeEnv::realtime_ns(),
                  .pid = self_.pid,
                  .uid = self_.uid,
                  .action = RecorderAction::skip_slot,
                  .evidence = RecorderEvidence::forced_by_operator,
                  .slot = static_cast<std::uint32_t>(slot),
                  .seq = lap > 0 ? seq_of(lap, slot, view().slot_count) : RecorderFacts::kNoSeq,
                  .before = seen.raw,
                  .after = free.raw});
  return Status::OK;
}

bool Recovery::has_live_producer() const {
  for (unsigned i = 1; i <= view().max_participants; ++i) {
    const auto id = static_cast<std::uint8_t>(i);
    if (is_role(view(), id, Role::producer) &&
        view().participant(id).standby.load(std::memory_order_relaxed) == 0 &&
        is_lock_held(file_, id) != false) {
      return true;
    }
  }
  return false;
}

void Recovery::require_participant(std::uint8_t id) const {
  if (id == kNobody || id > view().max_participants) {
    throw Error(Status::CONFIG_INVALID,
                "The participants of this block are 1 to " + std::to_string(view().max_participants) + ".");
  }
}

/// Somebody else holds the byte: the participant itself, or its cleaner.
Status Recovery::why_not_ours(std::uint8_t id) const {
  return view().participant(id).cleaner.pid.load(std::memory_order_acquire) != 0 ? Status::BEING_CLEANED
                                                                                 : Status::OWNER_ALIVE;
}

/// Is there such a slot, or lock, in this block?
bool Recovery::has_target(const PlannedAction& action) const {
  if (action.kind == RecorderAction::release_spinlock) {
    return action.slot < view().spinlock_count;
  }
  return action.slot == RecorderFacts::kNoSlot || action.slot < view().slot_count;
}

bool Recovery::owns_slots(std::uint8_t id) const {
  for (std::uint64_t slot = 0; slot < view().slot_count; ++slot) {
    const SlotWord word{view().states[slot].state.load(std::memory_order_seq_cst)};
    if (word.owner() == id && is_orphan(view(), word)) {
      return true;
    }
  }
  return false;
}

}  // namespace datablock
