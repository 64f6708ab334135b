// What an observer can say about a block: who is in it and whether they live, what each slot does, what is
// wrong. Nothing here writes, takes a lock, or needs more than read permission.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/liveness.hpp"
#include "core/recorder.hpp"
#include "core/segment.hpp"
#include "core/zone.hpp"

namespace datablock {

/// A participant as an observer sees it.
struct ParticipantReport : Testimony {
  std::uint8_t id = kNobody;
  Role role = Role::none;
  std::uint8_t mode = 0;  ///< ProducerMode or ConsumerMode
  bool standby = false;
  EntryWord word;
  ProcessIdentity process;
  std::string name;
  std::string note;
  std::string version;  ///< of the library that it joined with
  std::uint64_t joined_ns = 0;
  std::uint64_t hold = kNoHold;
  std::uint64_t pin = kNoPin;
  std::uint64_t lag = 0;  ///< claim - hold
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::uint64_t lost = 0;
  std::uint64_t errors = 0;
  bool has_marks = false;  ///< holds, pins, or is counted among those who may
};

/// Why a slot's verdict is unknown.
enum class SlotDoubt : std::uint8_t {
  none,
  owner,  ///< it cannot be said whether its owner lives
  clock,  ///< its owner lives; since when it has the slot cannot be said, as its clock and ours differ
};

/// What is to be thought of a slot: `stuck`: its owner is dead; `slow`: alive, for longer than
/// the threshold; `held`: a reader still looks at it; `corrupt`: its word is impossible.
enum class SlotVerdict : std::uint8_t { healthy, busy, slow, stuck, held, quarantined, corrupt, unknown };
inline constexpr std::size_t kSlotVerdicts = 8;
/// Phases as counted: those of the protocol, and "none of them".
inline constexpr std::size_t kPhases = 7;

/// A slot as an observer sees it.
struct SlotReport {
  std::uint64_t slot = 0;
  SlotWord word;
  std::optional<std::uint64_t> seq;
  std::uint64_t length = 0;
  std::uint32_t flags = 0;
  /// Of a slot with an owner. Negative: the clocks cannot be compared.
  std::optional<std::int64_t> held_for_ns;
  /// Of a settled slot, by Observer::slots(): since its message was committed, if the block records that,
  /// else since it was begun. Empty for a slot that was never used, and where the clocks cannot be compared.
  std::optional<std::int64_t> age_ns;
  SlotVerdict verdict = SlotVerdict::healthy;
  SlotDoubt doubt = SlotDoubt::none;
  std::vector<std::uint8_t> held_by;
};

enum class SpinlockVerdict : std::uint8_t {
  held,      ///< by a thread that lives, not for long
  slow,      ///< by one that lives or is stopped, for long
  stuck,     ///< by a dead participant
  orphaned,  ///< by a thread that has ended, of a participant that lives
  marked,    ///< free, but an owner died or left with it: the data may be half-updated
  corrupt,
  unknown,
};

/// A lock that is held, or marked.
struct SpinlockReport {
  unsigned index = 0;
  SpinlockWord word;
  std::uint32_t depth = 0;
  std::optional<std::int64_t> held_for_ns;  ///< of one that is held; negative: clocks cannot be compared
  bool is_awaited = false;                  ///< somebody sleeps until it is free
  SpinlockVerdict verdict = SpinlockVerdict::held;
};

struct ZoneReport {
  std::string name;
  std::uint64_t size = 0;
  std::uint64_t updates = 0;     ///< how often its checksum was stored
  std::uint64_t updated_ns = 0;  ///< CLOCK_REALTIME of the last time
  ChecksumVerdict checksum = ChecksumVerdict::absent;
};

/// A whole block as an observer sees it.
struct Snapshot {
  std::uint64_t at_ns = 0;
  std::uint64_t claim = 0;
  std::vector<ParticipantReport> participants;
  std::array<std::uint64_t, kPhases> by_phase{};
  std::array<std::uint64_t, kSlotVerdicts> by_verdict{};
  std::vector<SlotReport> notable;
  bool truncated = false;
  std::vector<SpinlockReport> spinlocks;
};

/// Counters since the block was created.
struct MetricsReport {
  std::vector<std::pair<const char*, std::uint64_t>> values;  ///< by the brief's names
};

/// One participant, by its id. Also for an entry that is free.
ParticipantReport examine_participant(const SegmentFile& file, const View& view, std::uint8_t id);

/// Verdicts of all ids at a time, index 0 unused.
using VerdictTable = std::array<Verdict, kMaxParticipants + 1>;
VerdictTable verdict_table(const SegmentFile& file, const View& view);

/// Lap that the newest claimed message of `slot` is on when `claim` numbers have been claimed; 0: none yet.
std::uint64_t claimed_lap(std::uint64_t slot, std::uint64_t claim, std::uint64_t slot_count);

/// Could `word` be in `slot` of a block whose claim was `claim_before`, then (after the word was read)
/// `claim_after`?
bool is_plausible(const View& view, std::uint64_t slot, SlotWord word, std::uint64_t claim_before,
                  std::uint64_t claim_after);

/// A look at a block, or at a snapshot file, read-only.
class Observer {
 public:
  /// Of open_segment(name, dir, false), or of open_snapshot(path).
  explicit Observer(SegmentFile file);
  Observer(const std::string& name, const std::string& dir) : Observer(open_segment(name, dir, false)) {}

  const SegmentFile& file() const { return file_; }
  const View& view() const { return map_.view(); }
  /// Keyed checksums are checked with it; nothing else here needs one. Default: the environment's, if that is
  /// this block's. Throws Error(SECRET_WRONG).
  void use_secret(const Secret& secret);
  /// What keyed checksums are checked with; null: they cannot be.
  const Secret& key() const { return map_.key(); }

  /// `stuck_after_ns`: a live owner is `slow` after this long. At most `limit` notable slots are listed, all
  /// are counted.
  Snapshot snapshot(std::uint64_t stuck_after_ns, std::size_t limit) const;
  /// Who is attached, or dead and not cleaned up yet.
  std::vector<ParticipantReport> participants() const;
  std::vector<SlotReport> slots(std::uint64_t from, std::uint64_t count, std::uint64_t stuck_after_ns) const;
  MetricsReport metrics() const;
  /// Computes the checksums, which others may be changing what they are of meanwhile.
  std::vector<ZoneReport> zones() const;
  /// Throws Error(NO_SUCH_ZONE), also for a snapshot that was taken without its data. Nothing keeps others
  /// from writing while it is looked at.
  Zone zone(std::string_view name) const;
  /// Oldest first.
  std::vector<RecorderFacts> history() const;

 private:
  std::vector<ParticipantReport> examine_participants(VerdictTable& verdicts) const;
  std::vector<SpinlockReport> spinlocks(const VerdictTable& verdicts, std::uint64_t stuck_after_ns) const;
  SpinlockVerdict judge_holder(const SpinlockReport& report, Verdict owner,
                               std::uint64_t stuck_after_ns) const;
  bool has_data() const;
  SlotReport examine_slot(std::uint64_t slot, const VerdictTable& verdicts,
                          std::uint64_t stuck_after_ns) const;

  /// Negative: the clocks cannot be compared.
  std::int64_t age_of(std::uint64_t then_ns) const;
  std::optional<std::int64_t> age_of_message(std::uint64_t slot, SlotWord word) const;

  SegmentFile file_;
  MappedSegment map_;
  bool same_boot_;
};

}  // namespace datablock
