// Ending a process that is named by more than its pid.
#pragma once

#include "core/layout.hpp"
#include "core/status.hpp"

namespace datablock {

/// Sends SIGKILL to exactly this process, of our PID namespace or of one below it. OK: the signal is sent.
/// NOTHING_TO_DO: there is no such process any more. VERDICT_UNKNOWN: it is not to be seen from here, or the
/// pid now belongs to somebody else, or /proc cannot tell. PERMISSION.
Status kill_process(const ProcessIdentity& process);

}  // namespace datablock
