// NativeEnv: the machine that the protocol runs on in production (see core/block_view.hpp for the contract).
#pragma once

#include <atomic>
#include <cstdint>

namespace datablock {

struct NativeEnv {
  template <class T>
  using Atomic = std::atomic<T>;

  static void fence() { std::atomic_thread_fence(std::memory_order_seq_cst); }

  static void fence_after_rmw() {
#if defined(__x86_64__)
    // A locked instruction is a full fence (Intel SDM 3A 9.2.5, AMD APM 2 7.1).
    compiler_fence();
#else
    fence();
#endif
  }

  static void acquire_fence() {
    std::atomic_thread_fence(std::memory_order_acquire);
  }

  static void compiler_fence() {
    std::atomic_signal_fence(std::memory_order_seq_cst);
  }

  /// membarrier(GLOBAL_EXPEDITED): a full fence in every running thread of every process that has registered.
  static void process_fence();

  /// Sleeps while `word` == `value`, at most `ns`; may return early.
  static void wait(std::atomic<std::uint32_t>& word, std::uint32_t value, std::uint64_t ns);
  static void wake_all(std::atomic<std::uint32_t>& word);
  static void nap(std::uint64_t ns);

  // Monotonic time of the machine, the same in every time namespace (time_namespace.hpp).
  static std::uint64_t now_ns();         ///< CLOCK_MONOTONIC, about 20 ns a call
  static std::uint64_t coarse_now_ns();  ///< CLOCK_MONOTONIC_COARSE, about 3 ns, a few ms behind
  static std::uint64_t realtime_ns();    ///< CLOCK_REALTIME

  /// A signal that catch_signals() watches for has arrived.
  static bool is_interrupted();

  /// How long a wait may last before it is to be handed back (set_longest_wait()).
  static std::uint64_t longest_wait_ns();

  static void prefetch_for_write(const void* line) {
    __builtin_prefetch(line, 1);
  }

  static void relax() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield" ::: "memory");
#else
    compiler_fence();
#endif
  }
};

/// Can this kernel, from this process, issue GLOBAL_EXPEDITED barriers?
bool process_fence_is_available();

/// Registers this process as one whose threads process_fence() reaches. Once per process; lost at exec.
/// False: not possible.
bool register_for_process_fences();

}  // namespace datablock
