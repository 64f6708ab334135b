#include "platform/linux/time_namespace.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "platform/linux/small_file.hpp"

namespace datablock {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
/// Inode of the machine's first time namespace (PROC_TIME_INIT_INO of the kernel).
constexpr ino_t kFirstNamespace = 0xEFFFFFFA;

ino_t inode_of(const char* path) {
  struct stat facts {};
  return stat(path, &facts) == 0 ? facts.st_ino : 0;
}

struct Lead {
  std::int64_t monotonic_ns = 0;
  std::int64_t boot_ticks = 0;
};

Lead read_lead() {
  const ino_t own = inode_of("/proc/self/ns/time");
  // The file tells of the namespace that children will be in.
  if (own == 0 || own == kFirstNamespace || own != inode_of("/proc/self/ns/time_for_children")) {
    return {};
  }
  const std::string offsets = read_small_file("/proc/self/timens_offsets");
  long long monotonic = 0;
  long long monotonic_ns = 0;
  long long boot = 0;
  long long boot_ns = 0;
  if (std::sscanf(offsets.c_str(), "monotonic %lld %lld boottime %lld %lld", &monotonic, &monotonic_ns, &boot,
                  &boot_ns) != 4) {
    return {};
  }
  // A part of a tick is lost here; nobody asks for one.
  return {.monotonic_ns = monotonic * kNsPerSecond + monotonic_ns,
          .boot_ticks = (boot * kNsPerSecond + boot_ns) / (kNsPerSecond / sysconf(_SC_CLK_TCK))};
}

}  // namespace

void adopt_time_namespace() {
  const Lead lead = read_lead();
  monotonic_lead_ns.store(lead.monotonic_ns, std::memory_order_relaxed);
  boot_lead_ticks.store(lead.boot_ticks, std::memory_order_relaxed);
}

}  // namespace datablock
