// What the threads of a run say that they did, for the oracle.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/layout.hpp"
#include "core/status.hpp"
#include "engine/machine.hpp"

namespace datablock::model {

/// What a producer is about to publish as message `seq`.
struct Intent {
  std::uint64_t seq = ~std::uint64_t{0};
  std::uint64_t value = 0;
  bool is_mark = false;
};

struct Delivery {
  std::uint64_t seq = 0;
  std::uint64_t value = 0;
  std::uint64_t lost = 0;
};

inline constexpr std::uint64_t kNever = ~std::uint64_t{0};

/// One consumer's story.
struct Reading {
  ThreadIndex thread = 0;
  ConsumerMode mode = ConsumerMode::sync;
  bool has_joined = false;
  std::uint64_t start = 0;               ///< first number that it had to account for
  std::uint64_t lossless_from = kNever;  ///< a sync consumer loses nothing from here on
  std::uint64_t next = 0;                ///< first number that it has not accounted for
  std::uint64_t untold = 0;              ///< lost, but not told with a message yet
  std::vector<Delivery> deliveries;
  Status last = Status::OK;  ///< what its last call returned
  bool evicted = false;
  bool reads_all = false;  ///< it ends only when there is nothing more to read
};

enum class FateKind : std::uint8_t { open, committed, tombstone };

/// What became of a message number, by what was stored into its slot's word.
struct Fate {
  FateKind kind = FateKind::open;
  std::uint64_t value = 0;
  bool is_mark = false;

  bool is_data() const { return kind == FateKind::committed && !is_mark; }
};

struct Journal {
  static constexpr std::size_t kMostMessages = 256;

  std::array<Intent, kMaxThreads> intents;
  std::array<Fate, kMostMessages> fates;
  std::vector<Reading> readings;
  ThreadIndex forcing = Machine::kNoThread;  ///< the operator who may take slots from the living
  bool shares_seat = false;                  ///< all threads are one participant

  void clear() {
    intents.fill({});
    fates.fill({});
    readings.clear();
    forcing = Machine::kNoThread;
    shares_seat = false;
  }
};

inline Journal& journal() {
  static Journal the_journal;
  return the_journal;
}

}  // namespace datablock::model
