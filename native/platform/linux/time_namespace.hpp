// Time namespaces shift the clocks that count from boot, so that processes of two containers may mean
// different moments by the same number. What is written into a block is in the time of the machine itself:
// that of its first time namespace.
#pragma once

#include <atomic>
#include <cstdint>

namespace datablock {

/// How far this process's CLOCK_MONOTONIC is ahead of the machine's. 0 where that cannot be read (no /proc,
/// or the process has asked for a namespace for its children that it is not in itself).
inline std::atomic<std::int64_t> monotonic_lead_ns{0};
/// The same of the start times in /proc/PID/stat, clock ticks.
inline std::atomic<std::int64_t> boot_lead_ticks{0};

/// Looks which time namespace this process is in, and sets both. Called whenever a block is opened, or the
/// process looks who it is: the child of a fork may be in another namespace than its parent. Any thread may
/// call it; they all find the same.
void adopt_time_namespace();

}  // namespace datablock
