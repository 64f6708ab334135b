// LD_PRELOAD: a clock that somebody has set. CLOCK_REALTIME is shifted by DATABLOCK_STEP seconds for this
// process; to set the machine's own would set it for everybody on the machine, and no namespace keeps it
// apart.
#include <dlfcn.h>
#include <sys/time.h>

#include <cstdlib>
#include <ctime>

namespace {

time_t step() {
  const char* text = std::getenv("DATABLOCK_STEP");
  return text == nullptr ? 0 : std::strtol(text, nullptr, 10);
}

template <class Function>
Function* original(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* now) noexcept {
  static auto* real = original<int(clockid_t, timespec*)>("clock_gettime");
  const int result = real(clock, now);
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) {
    now->tv_sec += step();
  }
  return result;
}

int gettimeofday(timeval* __restrict now, void* __restrict zone) noexcept {
  static auto* real = original<int(timeval*, void*)>("gettimeofday");
  const int result = real(now, zone);
  now->tv_sec += step();
  return result;
}

time_t time(time_t* now) noexcept {
  static auto* real = original<time_t(time_t*)>("time");
  const time_t seconds = real(nullptr) + step();
  if (now != nullptr) {
    *now = seconds;
  }
  return seconds;
}
}
