// Who lives? The lock byte decides: the kernel drops it with the process, however that dies. Everything else
// is evidence for people, and a reason to say UNKNOWN. Reads only.
#pragma once

#include <cstdint>
#include <optional>

#include "core/segment.hpp"
#include "platform/linux/process_facts.hpp"

namespace datablock {

/// ALIVE and STOPPED hold their lock byte; DEAD: the kernel says that nobody does.
enum class Verdict : std::uint8_t { alive, stopped, dead, unknown };

/// Why a verdict is UNKNOWN.
enum class Doubt : std::uint8_t {
  none,
  no_locks,                ///< the file system cannot be asked for locks
  other_boot,              ///< the block is from before the last boot, and yet the byte is held
  lock_held_process_gone,  ///< a child of a fork that kept the descriptor, say
};
const char* to_string(Doubt doubt);

/// Facts behind a verdict. Empty: could not be had.
struct Evidence {
  std::optional<bool> lock_held;
  bool same_boot = true;
  std::optional<bool> same_pid_namespace;
  std::optional<bool> same_start_time;  ///< of the process that has this pid now
  std::optional<ProcessFacts> process;  ///< the process that has this pid now, in our namespace
  /// Negative: it lies in the future, so the clocks cannot be compared. Suspicion only, whatever it says.
  std::optional<std::int64_t> heartbeat_age_ns;
};

/// Who is cleaning up after a dead participant.
struct CleanerReport {
  ProcessIdentity process;
  std::uint64_t since_ns = 0;  ///< CLOCK_REALTIME
  Verdict verdict = Verdict::unknown;
};

/// A verdict with what it rests on.
struct Testimony {
  Verdict verdict = Verdict::unknown;
  Doubt doubt = Doubt::none;
  Evidence evidence;
  std::optional<CleanerReport> cleaner;
};

/// False: the process is certainly gone, or another one has its pid now. `start_time` 0: any. Only for our
/// own pid namespace.
bool may_be_alive(std::uint32_t pid, std::uint64_t start_time);

/// About one participant; also for an entry that is free. For a snapshot file: what was true when it was
/// taken.
Testimony testify(const SegmentFile& file, const View& view, std::uint8_t id);

/// Does somebody hold the byte? Empty: the file system cannot be asked.
std::optional<bool> is_lock_held(const SegmentFile& file, std::uint8_t id);

ProcessIdentity load_identity(const Participant<NativeEnv>& entry);
ProcessIdentity load_identity(const Cleaner<NativeEnv>& cleaner);

/// The clocks at the moment of which a file speaks: now, or when the snapshot was taken.
struct Moment {
  std::uint64_t realtime_ns;
  std::uint64_t monotonic_ns;

  /// Clocks may differ all the same (a time namespace without /proc, say): an age below zero says that it
  /// cannot be known.
  std::int64_t age_of(std::uint64_t then_ns) const {
    return static_cast<std::int64_t>(monotonic_ns - then_ns);
  }
};
Moment moment_of(const SegmentFile& file);

/// The next number to be claimed, by now: of a snapshot, by the time when it was finished.
std::uint64_t claim_by_now(const SegmentFile& file, const View& view);

}  // namespace datablock
