#include "platform/linux/native_env.hpp"

#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <ctime>

#include <climits>
#include <cstdlib>

#include "platform/linux/interrupts.hpp"
#include "platform/linux/time_namespace.hpp"

namespace datablock {
namespace {

std::uint64_t read_clock(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(t.tv_nsec);
}

std::uint64_t monotonic_lead() {
  return static_cast<std::uint64_t>(monotonic_lead_ns.load(std::memory_order_relaxed));
}

timespec to_timespec(std::uint64_t ns) {
  return {.tv_sec = static_cast<time_t>(ns / 1'000'000'000),
          .tv_nsec = static_cast<long>(ns % 1'000'000'000)};
}

}  // namespace

void NativeEnv::process_fence() {
  if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0) != 0) {
    // Attach has asked for it and got it; a sandbox that takes it away afterwards would make every answer
    // wrong.
    std::abort();
  }
}

bool process_fence_is_available() {
  const long commands = syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);
  constexpr long kNeeded = MEMBARRIER_CMD_GLOBAL_EXPEDITED | MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED;
  return commands >= 0 && (commands & kNeeded) == kNeeded;
}

bool register_for_process_fences() {
  return syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0) == 0;
}

void NativeEnv::wait(std::atomic<std::uint32_t>& word, std::uint32_t value, std::uint64_t ns) {
  // Not FUTEX_PRIVATE_FLAG: the word is shared between processes.
  const timespec timeout = to_timespec(ns);
  syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), FUTEX_WAIT, value, &timeout, nullptr, 0);
}

void NativeEnv::wake_all(std::atomic<std::uint32_t>& word) {
  syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

void NativeEnv::nap(std::uint64_t ns) {
  const timespec duration = to_timespec(ns);
  nanosleep(&duration, nullptr);
}

std::uint64_t NativeEnv::now_ns() {
  return read_clock(CLOCK_MONOTONIC) - monotonic_lead();
}
std::uint64_t NativeEnv::coarse_now_ns() {
  return read_clock(CLOCK_MONOTONIC_COARSE) - monotonic_lead();
}
std::uint64_t NativeEnv::realtime_ns() {
  return read_clock(CLOCK_REALTIME);
}

bool NativeEnv::is_interrupted() {
  return caught_signal() != 0 || shall_wait_end();
}

std::uint64_t NativeEnv::longest_wait_ns() {
  return datablock::longest_wait_ns();
}

}  // namespace datablock
