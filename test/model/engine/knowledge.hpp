// What a thread, or a message, knows: of each location the oldest store that may still be read, and of each
// thread how far it had come (a vector clock). Knowledge spreads by joining views.
#pragma once

#include <algorithm>
#include <cstdint>

namespace datablock::model {

inline constexpr int kMaxLocations = 80;
inline constexpr int kMaxThreads = 8;

using Location = std::uint16_t;
using ThreadIndex = std::uint8_t;

struct Knowledge {
  std::uint16_t seen[kMaxLocations];
  std::uint16_t clock[kMaxThreads];

  void join(const Knowledge& other) {
    join_seen(other);
    for (int i = 0; i < kMaxThreads; ++i) {
      clock[i] = std::max(clock[i], other.clock[i]);
    }
  }

  void join_seen(const Knowledge& other) {
    for (int i = 0; i < kMaxLocations; ++i) {
      seen[i] = std::max(seen[i], other.seen[i]);
    }
  }
};

}  // namespace datablock::model
