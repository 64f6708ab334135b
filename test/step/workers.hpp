// Workers: processes that each do one sweep after the other. Sweeps fork, kill and stop; they must not do
// that beside one another in one process.
#pragma once

#include <functional>
#include <vector>

#include "journal.hpp"
#include "sweep.hpp"

namespace datablock::step {

/// One sweep.
using Unit = std::function<void(const SweepContext&)>;

/// Does all units in `options.jobs` processes, each in a directory of its own below `dir`; returns what they
/// found. One that is silent for too long has hung: that is a fault, with the state of its processes and of
/// its block, and another goes on with the next unit. The journal is told of each that is done.
Report run_units(const std::vector<Unit>& units, const Options& options, const std::string& dir,
                 Journal& journal);

}  // namespace datablock::step
