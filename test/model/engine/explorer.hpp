// Runs a scenario in every way that its bounds admit, then at random, until something fails.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/scenario.hpp"

namespace datablock::model {

struct Effort {
  bool full = false;        ///< the scenario's full bounds instead of its quick ones
  bool has_bounds = false;  ///< neither, but these:
  Bounds bounds;
  /// Most processor time for one scenario's exhaustive search, and as much again for its walks; 0: no limit.
  double seconds = 0;
  /// Most runs of one scenario's exhaustive search: to need more is a failure; 0: no limit.
  std::uint64_t most_runs = 0;
  /// Of a scenario that is walked only, forty times as many.
  std::uint64_t random_runs = 0;
  std::uint64_t first_seed = 1;
};

struct Report {
  Bounds reached;             ///< the last bounds that were searched to the end
  bool complete = false;      ///< all of them were
  bool is_too_large = false;  ///< they would have needed more than Effort::most_runs
  std::uint64_t runs = 0;     ///< exhaustive
  std::uint64_t states = 0;   ///< in the last bounds
  std::uint64_t random_runs = 0;
  double seconds = 0;                 ///< of processor time
  std::string failure;                ///< empty: none
  std::vector<Deviation> deviations;  ///< that lead to it
};

Report explore(const Scenario& scenario, const Effort& effort);

/// Runs it once, following `deviations`, and prints every step. True if it fails.
bool replay(const Scenario& scenario, const std::vector<Deviation>& deviations);

/// Tests the explorer itself: are the outcomes that a search with pruning finds the same as those of one
/// without? Only for small bounds. Prints what it found.
bool audit(const Scenario& scenario, Bounds bounds);

/// Leaves away what is not needed to make it fail, as far as some thousand runs find out.
std::vector<Deviation> minimize(const Scenario& scenario, std::vector<Deviation> deviations);

}  // namespace datablock::model
