// Recovery: a plan of single steps, each with its precondition, and applying them. Everything acts on the
// dead only; the one exception, force, says so in its name.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/clean_up.hpp"
#include "core/segment.hpp"

namespace datablock {

struct PlannedAction {
  RecorderAction kind = RecorderAction::none;
  std::uint8_t participant = kNobody;
  std::uint64_t generation = 0;  ///< of the participant's entry when the plan was made
  std::uint32_t slot = RecorderFacts::kNoSlot;
  std::uint64_t seq = RecorderFacts::kNoSeq;
  std::uint64_t before = 0;  ///< the exact word that must still be there
  std::uint64_t after = 0;
  unsigned loses = 0;  ///< messages: 1 for one that its writer never finished
};

/// What cleaning up after every dead participant would do now, in that order. Reads only.
std::vector<PlannedAction> plan_recovery(const SegmentFile& file, const View& view);

struct ForcedReset {
  Status status = Status::OK;
  SlotWord before;
  SlotWord after;
};

class Recovery {
 public:
  /// Opens the block read-write, maps its control sections only, takes no participant.
  Recovery(const std::string& name, const std::string& dir);

  const SegmentFile& file() const { return file_; }
  const View& view() const { return map_.view(); }

  std::vector<PlannedAction> plan() const { return plan_recovery(file_, view()); }

  /// One planned step. OK; CHANGED: what is there is not what was planned for; OWNER_ALIVE; BEING_CLEANED.
  Status apply(const PlannedAction& action);

  /// One slot by hand. OK, NOTHING_TO_DO, OWNER_ALIVE, SINGLE_PRODUCER_ALIVE (force on a single-producer
  /// block), CHANGED, BEING_CLEANED, CORRUPT. Throws Error(CONFIG_INVALID) for a slot that there is not.
  ForcedReset force_reset_slot(std::uint64_t slot, bool force);

  /// Takes the hold of a sync consumer away, if it still is `seen_hold`. OK; CHANGED: it has moved on, or
  /// holds nothing. Throws Error(CONFIG_INVALID) for an id that there is not.
  Status evict_consumer(std::uint8_t id, std::uint64_t seen_hold);

  /// Ends the process of a participant, or (`cleaner`) of who is cleaning up after it, and waits until the
  /// kernel has dropped its lock byte. OK; NOTHING_TO_DO: it is dead already, nobody cleans; VERDICT_UNKNOWN:
  /// it cannot be told which process that is; PERMISSION; TIMEOUT. Then clean up as for any dead participant.
  Status kill_participant(std::uint8_t id, bool cleaner, std::int64_t timeout_ms);

 private:
  void require_participant(std::uint8_t id) const;
  Status why_not_ours(std::uint8_t id) const;
  bool owns_slots(std::uint8_t id) const;

  SegmentFile file_;
  MappedSegment map_;
  ProcessIdentity self_;
};

}  // namespace datablock
