// Recovery: a plan of single steps, each with its precondition, and applying them. Everything acts on the
// dead only; the one exception, force, says so in its name.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/clean_up.hpp"
#include "core/segment.hpp"

namespace datablock {

/// One step of a repair. Done only if what is there still is `before`.
struct PlannedAction {
  RecorderAction kind = RecorderAction::none;
  std::uint8_t participant = kNobody;
  std::uint64_t generation = 0;                 ///< of the participant's entry when the plan was made
  std::uint32_t slot = RecorderFacts::kNoSlot;  ///< of release_spinlock: the lock's number
  std::uint64_t seq = RecorderFacts::kNoSeq;
  std::uint64_t before = 0;  ///< the exact word that must still be there
  std::uint64_t after = 0;
  unsigned loses = 0;  ///< messages: 1 for one that its writer never finished

  bool operator==(const PlannedAction&) const = default;
};

/// Which of the dead are cleaned up after.
enum class RecoveryScope {
  all,
  consumers,  ///< holds, pins and entries of dead consumers
  producers,  ///< slots and entries of dead producers
  entries,    ///< entries of those that hold nothing else
};

/// What cleaning up after dead participants would do now, in that order. Reads only.
std::vector<PlannedAction> plan_recovery(const SegmentFile& file, const View& view,
                                         RecoveryScope scope = RecoveryScope::all);

/// A planned action, and what became of it.
struct TakenAction : PlannedAction {
  Status status = Status::OK;
};

/// What became of a slot that was to be reset.
struct ForcedReset {
  Status status = Status::OK;
  SlotWord before;
  SlotWord after;
};

/// Repairs a block, without being a participant of it.
class Recovery {
 public:
  /// Opens the block read-write, maps its control sections only, takes no participant.
  Recovery(const std::string& name, const std::string& dir);

  const SegmentFile& file() const { return file_; }
  const View& view() const { return map_.view(); }

  std::vector<PlannedAction> plan(RecoveryScope scope = RecoveryScope::all) const {
    return plan_recovery(file_, view(), scope);
  }

  /// One planned step. OK; CHANGED: what is there is not what was planned for; OWNER_ALIVE; BEING_CLEANED.
  Status apply(const PlannedAction& action);

  /// Plans, and applies each step: one that is refused, because somebody else was faster, does not keep the
  /// others from being done.
  std::vector<TakenAction> recover(RecoveryScope scope = RecoveryScope::all);

  /// One slot by hand. OK, NOTHING_TO_DO, OWNER_ALIVE, SINGLE_PRODUCER_ALIVE (force on a single-producer
  /// block), CHANGED, BEING_CLEANED, CORRUPT. Throws Error(CONFIG_INVALID) for a slot that there is not.
  ForcedReset force_reset_slot(std::uint64_t slot, bool force);

  /// force_reset_slot() for every slot that somebody owns.
  std::vector<ForcedReset> force_reset_all_slots(bool force);

  /// Gets the ring past a slot: one of a dead owner is reset; one whose word is impossible becomes FREE on
  /// the lap that `claim` implies, which loses its message, if it was one. OK, NOTHING_TO_DO (it is no
  /// obstacle), OWNER_ALIVE, SINGLE_PRODUCER_ALIVE, CHANGED, BEING_CLEANED. Throws Error(CONFIG_INVALID) for
  /// a slot that there is not.
  Status skip_stuck_slot(std::uint64_t slot);

  /// Takes the hold of the sync consumer that was seen in entry `id` with this generation away, if it still
  /// is `seen_hold`. Never hits who came after it. OK; CHANGED: it has moved on, holds nothing, or has left;
  /// NOT_A_SYNC_CONSUMER; TIMEOUT: somebody else acts on that entry. Throws Error(CONFIG_INVALID) for an id
  /// that there is not.
  Status evict_consumer(std::uint8_t id, std::uint64_t generation, std::uint64_t seen_hold);

  /// Ends the process of the participant that was seen in entry `id` with this generation, and waits until
  /// the kernel has dropped its lock byte. Never hits who came after it. OK; NOTHING_TO_DO: it is dead
  /// already, or has left; CHANGED: somebody else has the entry now; BEING_CLEANED: it is dead, and its byte
  /// is the cleaner's; VERDICT_UNKNOWN: it cannot be told which process that is; PERMISSION; TIMEOUT. Then
  /// clean up as for any dead participant.
  Status kill_participant(std::uint8_t id, std::uint64_t generation, std::int64_t timeout_ms);

  /// Ends the process that was seen cleaning up after the dead participant `id`. NOTHING_TO_DO: nobody cleans
  /// up; CHANGED: somebody else does. Otherwise as kill_participant().
  Status kill_cleaner(std::uint8_t id, const ProcessIdentity& seen, std::int64_t timeout_ms);

 private:
  void require_slot(std::uint64_t slot) const;
  Status end_process(const ProcessIdentity& victim, RecorderAction action, std::uint8_t id);
  void require_participant(std::uint8_t id) const;
  Status replace_impossible_word(std::uint64_t slot, SlotWord seen);
  bool has_live_producer() const;
  Status why_not_ours(std::uint8_t id) const;
  bool still_stands(const PlannedAction& action) const;
  bool owns_slots(std::uint8_t id) const;
  bool has_target(const PlannedAction& action) const;

  SegmentFile file_;
  MappedSegment map_;
  ProcessIdentity self_;
};

}  // namespace datablock
