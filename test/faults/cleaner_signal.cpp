// LD_PRELOAD: a cleaner that gets a signal in the middle of its work, which takes microseconds.
// DATABLOCK_WHEN_CLEANING=SIGNAL:OFFSET:FILE: when the clock is read, as each step's entry in the flight
// recorder does, and the word at OFFSET of FILE (who is cleaning up) is our process id, SIGNAL is raised.
// Once.
#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace {

void signal_when_cleaning() {
  static bool is_armed = true;
  const char* wish = is_armed ? std::getenv("DATABLOCK_WHEN_CLEANING") : nullptr;
  int signal = 0;
  long offset = 0;
  int path_at = 0;
  if (wish == nullptr || std::sscanf(wish, "%d:%ld:%n", &signal, &offset, &path_at) != 2) {
    return;
  }
  std::uint32_t cleaner = 0;
  const int file = open(wish + path_at, O_RDONLY | O_CLOEXEC);
  const bool is_read = file >= 0 && pread(file, &cleaner, sizeof cleaner, offset) == sizeof cleaner;
  close(file);
  if (is_read && cleaner == static_cast<std::uint32_t>(getpid())) {
    is_armed = false;
    raise(signal);
  }
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* now) noexcept {
  static auto* real = reinterpret_cast<int (*)(clockid_t, timespec*)>(dlsym(RTLD_NEXT, "clock_gettime"));
  const int result = real(clock, now);
  if (clock == CLOCK_REALTIME) {
    signal_when_cleaning();
  }
  return result;
}
