// A scenario: a few threads, what they do, and what must be true afterwards. Each registers itself in the
// table.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/search.hpp"

namespace datablock::model {

/// How far the exhaustive search goes: at most so many of each in one run.
struct Bounds {
  std::uint8_t preemptions = 0;
  std::uint8_t stale_reads = 0;
  std::uint8_t early_timeouts = 0;
  std::uint8_t crashes = 0;

  Budget budget() const { return {{preemptions, stale_reads, early_timeouts, crashes}}; }
};

struct Scenario {
  std::string name;
  std::string purpose;
  Bounds quick = {};
  Bounds full = {};
  void (*start)() = nullptr;  ///< sets up the memory and spawns the threads
  void (*check)() = nullptr;  ///< after the run: calls machine().fail() when something is wrong
  bool walks_only = false;    ///< too much at once for an exhaustive search: random walks within `full`
};

std::vector<Scenario>& scenarios();

struct Registration {
  explicit Registration(Scenario scenario) { scenarios().push_back(std::move(scenario)); }
};

}  // namespace datablock::model
