// What ends a wait from outside. SIGINT and SIGTERM as a flag: for programs whose main loop is synchronous
// and wants to finish the slot in hand. And what the runtimes of other languages need.
#pragma once

#include <cstdint>

namespace datablock {

/// From now on SIGINT and SIGTERM set a flag, and interrupt system calls, instead of ending the process. A
/// second one ends it the usual way. Process-wide.
void catch_signals();

/// The number of the signal that was caught first, 0 if none.
int caught_signal();

/// From now on waits of this thread ask, again and again, whether they shall end with INTERRUPTED: for
/// runtimes that end their threads. nullptr: they do not.
void set_wait_question(bool (*shall_end)(void*), void* argument);

/// The answer; false where nobody is to be asked.
bool shall_wait_end();

/// Waits of this process end with INTERRUPTED after about so long, so that whoever called can look after
/// other things, and call again; 0: they do not. Process-wide.
void set_longest_wait(std::uint32_t milliseconds);

/// ns; UINT64_MAX: as long as it takes.
std::uint64_t longest_wait_ns();

}  // namespace datablock
