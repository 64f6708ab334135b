// How long things may take where nobody says otherwise: one object for all of it, with defaults, settable by
// the environment. docs/timeouts.md is its table.
#pragma once

#include <cstdint>

namespace datablock {

/// Milliseconds. -1: for ever; 0: one look, no wait.
struct Timeouts {
  std::int64_t write_ms = -1;     ///< a producer waits for a slot. DATABLOCK_TIMEOUT_WRITE_MS
  std::int64_t read_ms = -1;      ///< a consumer waits for a message. DATABLOCK_TIMEOUT_READ_MS
  std::int64_t standby_ms = 0;    ///< a second producer of a `single` block waits for the first one to go.
                                  ///< DATABLOCK_TIMEOUT_STANDBY_MS
  std::int64_t lock_ms = 10'000;  ///< for a shared spinlock. DATABLOCK_TIMEOUT_LOCK_MS
  std::int64_t kill_ms = 5'000;   ///< a tool waits for the end of a process that it ended.
                                  ///< DATABLOCK_TIMEOUT_KILL_MS
  std::int64_t stuck_after_ms = 30'000;  ///< from then on the slot of a live owner counts as slow; not for
                                         ///< ever. DATABLOCK_TIMEOUT_STUCK_AFTER_MS
};

/// The defaults, and what the environment says instead. Throws Error(ENVIRONMENT_INVALID) that names the
/// variable. Reads the environment: not beside setenv().
Timeouts timeouts_from_environment();

}  // namespace datablock
