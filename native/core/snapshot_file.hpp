// Snapshot files: a copy of a segment to look at later, or on another machine. The bytes lie where they lie
// in the segment; behind them comes what a copy loses: who held a lock, what /proc said, what time it was.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "core/liveness.hpp"
#include "core/segment.hpp"

namespace datablock {

class Recording {
 public:
  Testimony testimony(std::uint8_t id) const;
  Moment moment() const { return {.realtime_ns = realtime_ns_, .monotonic_ns = monotonic_ns_}; }
  /// Messages and zones.
  bool has_payload() const { return has_payload_ != 0; }
  /// The next number to be claimed when the copy was finished: a live block has gone on meanwhile.
  std::uint64_t claim_at_end() const { return claim_at_end_; }
  std::string block_name() const;

  /// What is true of a live block now.
  static Recording of(const SegmentFile& file, const View& view, bool with_payload);
  /// The last thing: everything is copied.
  void seal(std::uint64_t claim_at_end);

  bool is_intact() const;

 private:
  /// A Testimony with fixed offsets. -1 stands for "could not be had".
  struct Entry {
    std::uint8_t verdict;
    std::uint8_t doubt;
    std::int8_t lock_held;
    std::int8_t same_boot;
    std::int8_t same_pid_namespace;
    std::int8_t same_start_time;
    std::int8_t frozen;
    char process_state;  ///< 0: no process
    std::array<char, 24> process_name;
    std::uint64_t process_start_time;
    std::int64_t heartbeat_age_ns;
    std::uint8_t has_heartbeat;
    std::uint8_t has_cleaner;
    std::uint8_t cleaner_verdict;
    std::array<std::uint8_t, 5> reserved;
    ProcessIdentity cleaner;
    std::uint64_t cleaner_since_ns;
  };

  std::uint64_t compute_digest() const;

  std::uint64_t realtime_ns_ = 0;
  std::uint64_t monotonic_ns_ = 0;
  std::uint64_t has_payload_ = 0;
  std::uint64_t claim_at_end_ = 0;
  std::array<char, 208> block_name_{};  ///< zero-terminated
  std::array<Entry, kMaxParticipants + 1> entries_{};
  std::uint64_t digest_ = 0;
  std::array<char, 8> magic_{};
};

/// Writes a snapshot of a live block to a new file. Throws EXISTS, NO_SPACE, PERMISSION, IO; leaves no
/// half-made file.
void write_snapshot(const SegmentFile& file, const View& view, const std::string& path, bool with_payload);

/// Opens a snapshot file for the observers. Throws NO_SUCH_BLOCK, NOT_A_BLOCK, PERMISSION, and what
/// check_header() throws.
SegmentFile open_snapshot(const std::string& path);

}  // namespace datablock
