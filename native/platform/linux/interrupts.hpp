// SIGINT and SIGTERM as a flag: for programs whose main loop is synchronous and wants to finish the slot in
// hand.
#pragma once

namespace datablock {

/// From now on SIGINT and SIGTERM set a flag, and interrupt system calls, instead of ending the process. A
/// second one ends it the usual way. Process-wide.
void catch_signals();

/// The number of the signal that was caught first, 0 if none.
int caught_signal();

}  // namespace datablock
