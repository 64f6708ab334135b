// Everything that a scenario needs.
#pragma once

#include "engine/machine.hpp"
#include "engine/scenario.hpp"
#include "world/actors.hpp"
#include "world/block.hpp"
#include "world/journal.hpp"
#include "world/monitor.hpp"
#include "world/oracle.hpp"
#include "world/readers.hpp"

namespace datablock::model {

inline constexpr Machine::Role kMortal{.can_be_killed = true};
inline constexpr Machine::Role kImmortal{.can_be_killed = false};

/// The first thing of each run.
inline void set_up(const BlockConfig& config) {
  journal().clear();
  for (std::uint64_t seq = 0; seq < config.history; ++seq) {
    journal().fates[seq] = {FateKind::committed, history_value(seq), false};
  }
  block().set_up(config);
  machine().set_monitor(watch_store);
}

inline void check_everything() {
  check_run();
}

}  // namespace datablock::model
