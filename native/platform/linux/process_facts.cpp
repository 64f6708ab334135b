#include "platform/linux/process_facts.hpp"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <memory>

#include "platform/linux/small_file.hpp"
#include "platform/linux/time_namespace.hpp"

namespace datablock {
namespace {

std::optional<ProcessFacts> parse_stat(const std::string& stat) {
  // "pid (name) state ppid ..." - the name may hold anything, so count from its last parenthesis.
  const std::size_t open = stat.find('(');
  const std::size_t close = stat.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close + 2 >= stat.size()) {
    return std::nullopt;
  }
  ProcessFacts facts;
  facts.name = stat.substr(open + 1, close - open - 1);
  const char* field = stat.c_str() + close + 2;  // field 3
  facts.state = *field;
  for (int number = 3; number < 22; ++number) {
    field = std::strchr(field, ' ');
    if (field == nullptr) {
      return std::nullopt;
    }
    ++field;
  }
  // The kernel tells it in the time of who asks.
  facts.start_time = std::strtoull(field, nullptr, 10) -
                     static_cast<std::uint64_t>(boot_lead_ticks.load(std::memory_order_relaxed));
  return facts;
}

std::optional<bool> is_frozen(std::uint32_t pid) {
  const std::string cgroup = read_small_file("/proc/" + std::to_string(pid) + "/cgroup");
  const std::size_t start = cgroup.find("0::");
  if (start == std::string::npos) {
    return std::nullopt;
  }
  const std::string path = cgroup.substr(start + 3, cgroup.find('\n', start) - start - 3);
  const std::string events = read_small_file("/sys/fs/cgroup" + path + "/cgroup.events");
  if (events.find("frozen ") == std::string::npos) {
    return std::nullopt;
  }
  return events.find("frozen 1") != std::string::npos;
}

/// 0: cannot be had.
std::uint64_t pid_namespace_of(const std::string& process) {
  struct stat facts {};
  return stat(("/proc/" + process + "/ns/pid").c_str(), &facts) == 0 ? facts.st_ino : 0;
}

/// A /proc that was mounted for another PID namespace speaks of other processes by the same numbers.
bool proc_is_of_our_namespace() {
  char target[16] = {};
  const ssize_t length = readlink("/proc/self", target, sizeof target - 1);
  return length > 0 && std::to_string(getpid()) == target;
}

/// Pid in the process's own namespace, the last of the line. 0: cannot be had.
std::uint32_t innermost_pid(const std::string& process) {
  const std::string status = read_small_file("/proc/" + process + "/status");
  const std::size_t line = status.find("\nNSpid:");
  if (line == std::string::npos) {
    return 0;
  }
  const std::size_t end = status.find('\n', line + 1);
  const std::size_t last = status.rfind('\t', end);
  return static_cast<std::uint32_t>(std::strtoul(status.c_str() + last + 1, nullptr, 10));
}

}  // namespace

std::optional<ProcessFacts> process_facts(std::uint32_t pid) {
  if (!proc_is_of_our_namespace()) {
    return std::nullopt;
  }
  auto facts = parse_stat(read_small_file("/proc/" + std::to_string(pid) + "/stat"));
  if (facts) {
    facts->frozen = is_frozen(pid);
  }
  return facts;
}

bool is_process(std::uint32_t pid, const ProcessIdentity& process) {
  const auto facts = process_facts(pid);
  if (!facts || facts->start_time != process.start_time || process.pid_namespace == 0) {
    return false;
  }
  if (process.pid_namespace == pid_namespace_of("self")) {
    return pid == process.pid;  // also where it is not ours to look any closer
  }
  const std::string name = std::to_string(pid);
  return pid_namespace_of(name) == process.pid_namespace && innermost_pid(name) == process.pid;
}

std::uint32_t pid_here(const ProcessIdentity& process) {
  if (process.pid_namespace == pid_namespace_of("self")) {
    return process.pid;
  }
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(opendir("/proc"), closedir);
  while (const dirent* entry = entries ? readdir(entries.get()) : nullptr) {
    const auto pid = static_cast<std::uint32_t>(std::strtoul(entry->d_name, nullptr, 10));
    if (pid != 0 && pid_namespace_of(entry->d_name) == process.pid_namespace && is_process(pid, process)) {
      return pid;
    }
  }
  return 0;
}

ProcessIdentity self_identity() {
  adopt_time_namespace();
  const auto stat = parse_stat(read_small_file("/proc/self/stat"));
  return {.pid = static_cast<std::uint32_t>(getpid()),
          .uid = getuid(),
          .start_time = stat ? stat->start_time : 0,
          .pid_namespace = pid_namespace_of("self")};
}

std::string self_name() {
  std::string name = read_small_file("/proc/self/comm");
  while (!name.empty() && name.back() == '\n') {
    name.pop_back();
  }
  return name.empty() ? "unknown" : name;
}

std::array<std::uint8_t, 16> boot_id() {
  std::array<std::uint8_t, 16> id{};
  const std::string text = read_small_file("/proc/sys/kernel/random/boot_id");
  std::size_t digit = 0;
  for (const char c : text) {
    const int value = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (value >= 0 && digit < 32) {
      id[digit / 2] = static_cast<std::uint8_t>(id[digit / 2] << 4 | value);
      ++digit;
    }
  }
  return id;
}

bool may_be_this_boot(const std::array<std::uint8_t, 16>& id) {
  constexpr std::array<std::uint8_t, 16> kUnknown{};
  const auto now = boot_id();
  return id == kUnknown || now == kUnknown || id == now;
}

}  // namespace datablock
