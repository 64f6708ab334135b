// What /proc says about processes: evidence for people. It never decides alone whether somebody is dead.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "core/layout.hpp"

namespace datablock {

struct ProcessFacts {
  char state = '?';              ///< third field of /proc/PID/stat: R S D T t Z X I
  std::uint64_t start_time = 0;  ///< clock ticks after boot, the same from every time namespace
  std::string name;
  std::optional<bool> frozen;  ///< its cgroup is frozen; unknown without cgroup v2

  /// It lives and does not run until somebody lets it.
  bool is_stopped() const { return state == 'T' || state == 't' || frozen.value_or(false); }
};

/// Facts of the process that has this pid now, in our pid namespace. Empty: there is none, or /proc does not
/// show it, or /proc is that of another namespace, where the pid is somebody else's.
std::optional<ProcessFacts> process_facts(std::uint32_t pid);

/// Does `pid`, in our namespace, mean this very process?
bool is_process(std::uint32_t pid, const ProcessIdentity& process);

/// The pid that a process has in our namespace, be it of that one or of one below. 0: it is of neither, or is
/// not to be seen from here.
std::uint32_t pid_here(const ProcessIdentity& process);

/// This process. The parts that need /proc are 0 where it is missing.
ProcessIdentity self_identity();

/// Command name of this process (/proc/self/comm), or "unknown".
std::string self_name();

/// Random at each boot; all zero where /proc is missing.
std::array<std::uint8_t, 16> boot_id();

/// Was `id` this boot's? True also where it cannot be known, then or now: that alone must not cast doubt on
/// the living.
bool may_be_this_boot(const std::array<std::uint8_t, 16>& id);

}  // namespace datablock
