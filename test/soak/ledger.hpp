// What the processes of a soak tell each other beside the block: shared memory of its own, so that what a
// killed process had told by then is still there.
#pragma once

#include <sys/mman.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace datablock::soak {

inline constexpr std::uint32_t kMostRuns = 8192;  ///< producers, and consumers, in one scene

struct ProducerLine {
  std::atomic<std::uint64_t> committed;  ///< commits that returned OK: told right after
  std::atomic<std::uint64_t> fenced;
  std::atomic<std::uint64_t> healed;
};

struct ConsumerLine {
  std::atomic<std::uint64_t> delivered;
  std::atomic<std::uint64_t> lost;
  std::atomic<std::uint64_t> healed;
  std::atomic<std::uint32_t> taken_back;  ///< read while it was being evicted, and not as it was written
  std::atomic<std::uint32_t> finished;    ///< 1: reached the end of the stream, 2: was told EVICTED
};

struct Ledger {
  std::atomic<std::uint32_t> stop;      ///< producers end their streams
  std::atomic<std::uint32_t> failures;  ///< anything that must never happen
  ProducerLine producers[kMostRuns];
  ConsumerLine consumers[kMostRuns];
  /// What the witness has read of each producer: how many, in order from 0.
  std::atomic<std::uint64_t> witnessed[kMostRuns];

  static Ledger* make() {
    void* memory = mmap(nullptr, sizeof(Ledger), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
      std::perror("mmap");
      std::exit(70);
    }
    return static_cast<Ledger*>(memory);
  }
};

}  // namespace datablock::soak
